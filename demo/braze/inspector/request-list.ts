import { html, LitElement, type TemplateResult } from 'lit';
import { ifDefined } from 'lit/directives/if-defined.js';
import { repeat } from 'lit/directives/repeat.js';
import type { EntrySummary } from '../summaries.ts';
import { moveFocus } from './arrow-keys.ts';
import { FocusKeeper } from './focus-keeper.ts';
import { listStyles } from './list.styles.ts';
import { requestListStyles } from './request-list.styles.ts';
import { hrefOf, type Route } from './route.ts';
import { baseStyles } from './theme.styles.ts';
import { cargoText, clockTime, statusText, verdictText } from './wording.ts';

/** Requests, as links: one part of all there are. */
export class RequestList extends LitElement {
  static override readonly styles = [baseStyles, listStyles, requestListStyles];
  static override readonly properties = {
    rows: { attribute: false },
    selected: { attribute: false },
    route: { attribute: false },
  };

  declare rows: readonly EntrySummary[];
  /** Number of the request that is shown beside the list. */
  declare selected: string | undefined;
  /** Where the reader is; the links lead to one request there. */
  declare route: Route;

  constructor() {
    super();
    this.rows = [];
    this.selected = undefined;
    this.route = { view: 'requests' };
    new FocusKeeper(this);
  }

  override render(): TemplateResult<1> {
    const isSelectedHere = this.rows.some((row) => String(row.id) === this.selected);
    return html`<ul aria-label="Requests" @keydown=${moveFocus}>
      ${repeat(
        this.rows,
        (row) => row.id,
        (row, index) =>
          html`<li>
            ${this.#renderRow(row, isSelectedHere ? String(row.id) === this.selected : index === 0)}
          </li>`,
      )}
    </ul>`;
  }

  #renderRow(row: EntrySummary, isTabStop: boolean): TemplateResult<1> {
    const id = String(row.id);
    return html`<a
      class="row"
      href=${hrefOf({ ...this.route, id })}
      tabindex=${isTabStop ? 0 : -1}
      aria-current=${ifDefined(id === this.selected ? 'true' : undefined)}
    >
      <span class="status"><span class="badge ${row.verdict}">${statusText(row)}</span></span>
      <bdi class="title">${row.path}</bdi>
      <time datetime=${row.at}>${clockTime(row.at)}</time>
      <span class="small cargo">${verdictText(row)} · ${cargoText(row.cargo)}</span>
    </a>`;
  }
}
