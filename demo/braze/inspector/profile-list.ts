import { html, LitElement, type TemplateResult } from 'lit';
import { ifDefined } from 'lit/directives/if-defined.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ProfileSummary } from '../summaries.ts';
import { moveFocus } from './arrow-keys.ts';
import { FocusKeeper } from './focus-keeper.ts';
import { listStyles } from './list.styles.ts';
import { profileListStyles } from './profile-list.styles.ts';
import { hrefOf, type Route } from './route.ts';
import { baseStyles } from './theme.styles.ts';
import { clockTime, counted, identityOf, isAnonymous, nameOf } from './wording.ts';

/** People, as links: one part of all there are. */
export class ProfileList extends LitElement {
  static override readonly styles = [baseStyles, listStyles, profileListStyles];
  static override readonly properties = {
    rows: { attribute: false },
    changes: { attribute: false },
    selected: { attribute: false },
    route: { attribute: false },
  };

  declare rows: readonly ProfileSummary[];
  /** How often each one has changed, by `braze_id`. */
  declare changes: ReadonlyMap<string, number>;
  /** The `braze_id` that is shown beside the list. */
  declare selected: string | undefined;
  /** Where the reader is; the links lead to one person there. */
  declare route: Route;

  constructor() {
    super();
    this.rows = [];
    this.changes = new Map();
    this.selected = undefined;
    this.route = { view: 'people' };
    new FocusKeeper(this);
  }

  override render(): TemplateResult<1> {
    const isSelectedHere = this.rows.some((row) => row.braze_id === this.selected);
    return html`<ul aria-label="People" @keydown=${moveFocus}>
      ${repeat(
        this.rows,
        (row) => row.braze_id,
        (row, index) =>
          html`<li>
            ${this.#renderRow(row, isSelectedHere ? row.braze_id === this.selected : index === 0)}
          </li>`,
      )}
    </ul>`;
  }

  #renderRow(row: ProfileSummary, isTabStop: boolean): TemplateResult<1> {
    const changes = this.changes.get(row.braze_id) ?? 0;
    const name = nameOf(row);
    return html`<a
      class="row ${changes > 0 ? `fresh-${String(changes % 2)}` : ''}"
      href=${hrefOf({ ...this.route, id: row.braze_id })}
      tabindex=${isTabStop ? 0 : -1}
      aria-current=${ifDefined(row.braze_id === this.selected ? 'true' : undefined)}
    >
      <span class="avatar ${isAnonymous(row) ? '' : 'known'}" aria-hidden="true"
        >${Array.from(name)[0]?.toUpperCase()}</span
      >
      <bdi class="title">${name}</bdi>
      <time datetime=${row.updated_at}>${clockTime(row.updated_at)}</time>
      <bdi class="small">${identityOf(row)}</bdi>
      <span class="small end">${counted(row.counts.events, 'event')}</span>
    </a>`;
  }
}
