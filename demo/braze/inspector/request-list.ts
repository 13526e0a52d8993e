import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { ifDefined } from 'lit/directives/if-defined.js';
import { repeat } from 'lit/directives/repeat.js';
import type { JournalEntry } from '../journal.ts';
import { moveFocus } from './arrow-keys.ts';
import { listStyles } from './list.styles.ts';
import { requestListStyles } from './request-list.styles.ts';
import { baseStyles } from './theme.styles.ts';
import { cargoOf, clockTime, counted, statusText, verdictText } from './wording.ts';

/** More rows than anybody reads; the count says how many there are. */
const MAX_ROWS = 200;

/** The requests, as links; newest first. */
export class RequestList extends LitElement {
  static override readonly styles = [baseStyles, listStyles, requestListStyles];
  static override readonly properties = { entries: { attribute: false }, selected: { attribute: false } };

  declare entries: readonly JournalEntry[];
  /** Id of the request that is shown beside the list. */
  declare selected: number | undefined;

  constructor() {
    super();
    this.entries = [];
    this.selected = undefined;
  }

  override render(): TemplateResult<1> {
    const shown = this.entries.slice(0, MAX_ROWS);
    return html`<h2 class="hidden">Requests</h2>
      <ul @keydown=${moveFocus}>
        ${repeat(
          shown,
          (entry) => entry.id,
          (entry, index) => html`<li>${this.#renderRow(entry, index)}</li>`,
        )}
      </ul>
      ${
        shown.length < this.entries.length
          ? html`<p class="more small">The last ${counted(shown.length, 'request')}.</p>`
          : nothing
      }`;
  }

  #renderRow(entry: JournalEntry, index: number): TemplateResult<1> {
    const isSelected = entry.id === this.selected;
    const isTabStop = this.selected === undefined ? index === 0 : isSelected;
    return html`<a
      class="row"
      href="#requests/${entry.id}"
      tabindex=${isTabStop ? 0 : -1}
      aria-current=${ifDefined(isSelected ? 'true' : undefined)}
    >
      <span class="status"><span class="badge ${entry.verdict}">${statusText(entry)}</span></span>
      <span class="title"><bdi>${entry.path}</bdi></span>
      <time datetime=${entry.at}>${clockTime(entry.at)}</time>
      <span class="small cargo">${verdictText(entry)} · ${cargoOf(entry)}</span>
    </a>`;
  }
}
