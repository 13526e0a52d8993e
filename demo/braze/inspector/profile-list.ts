import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { ifDefined } from 'lit/directives/if-defined.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Profile } from '../profiles.ts';
import { moveFocus } from './arrow-keys.ts';
import { listStyles } from './list.styles.ts';
import { profileListStyles } from './profile-list.styles.ts';
import { baseStyles } from './theme.styles.ts';
import { clockTime, counted, identityOf, isAnonymous, nameOf } from './wording.ts';

/** More rows than anybody reads; the count says how many there are. */
const MAX_ROWS = 200;

/** The people, as links; the one that changed last comes first. */
export class ProfileList extends LitElement {
  static override readonly styles = [baseStyles, listStyles, profileListStyles];
  static override readonly properties = {
    profiles: { attribute: false },
    changes: { attribute: false },
    selected: { attribute: false },
  };

  declare profiles: readonly Profile[];
  /** How often each one has changed, by `braze_id`. */
  declare changes: ReadonlyMap<string, number>;
  /** The `braze_id` that is shown beside the list. */
  declare selected: string | undefined;

  constructor() {
    super();
    this.profiles = [];
    this.changes = new Map();
    this.selected = undefined;
  }

  override render(): TemplateResult<1> {
    const shown = this.profiles.slice(0, MAX_ROWS);
    return html`<h2 class="hidden">People</h2>
      <ul @keydown=${moveFocus}>
        ${repeat(
          shown,
          (profile) => profile.braze_id,
          (profile, index) => html`<li>${this.#renderRow(profile, index)}</li>`,
        )}
      </ul>
      ${
        shown.length < this.profiles.length
          ? html`<p class="more small">The ${counted(shown.length, 'person', 'people')} who changed last.</p>`
          : nothing
      }`;
  }

  #renderRow(profile: Profile, index: number): TemplateResult<1> {
    const isSelected = profile.braze_id === this.selected;
    const isTabStop = this.selected === undefined ? index === 0 : isSelected;
    const changes = this.changes.get(profile.braze_id) ?? 0;
    const name = nameOf(profile);
    return html`<a
      class="row ${changes > 0 ? `fresh-${String(changes % 2)}` : ''}"
      href="#people/${profile.braze_id}"
      tabindex=${isTabStop ? 0 : -1}
      aria-current=${ifDefined(isSelected ? 'true' : undefined)}
    >
      <span class="avatar ${isAnonymous(profile) ? '' : 'known'}" aria-hidden="true"
        >${Array.from(name)[0]?.toUpperCase()}</span
      >
      <span class="title"><bdi>${name}</bdi></span>
      <time datetime=${profile.updated_at}>${clockTime(profile.updated_at)}</time>
      <span class="small"><bdi>${identityOf(profile)}</bdi></span>
      <span class="small end">${counted(profile.events.length, 'event')}</span>
    </a>`;
  }
}
