import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { JournalEntry } from '../journal.ts';
import type { EntrySummary } from '../summaries.ts';
import { browseStyles } from './browse.styles.ts';
import { browseTemplate } from './browse-template.ts';
import { BrowsingController } from './browsing.ts';
import { ChoiceFocus } from './choice-focus.ts';
import type { Route } from './route.ts';
import { baseStyles } from './theme.styles.ts';

/** The requests to one workspace, and one of them in full. */
export class RequestsView extends LitElement {
  static override readonly styles = [baseStyles, browseStyles];
  static override readonly properties = {
    route: { attribute: false },
    revision: { attribute: false },
    isPaused: { attribute: false },
  };

  declare route: Route;
  /** Another one whenever something has changed in the emulator. */
  declare revision: number;
  /** Does it stay as it is? */
  declare isPaused: boolean;

  readonly #browsing = new BrowsingController<EntrySummary, JournalEntry>(this, {
    path: 'journal',
    idOf: (row) => String(row.id),
  });
  readonly #focus = new ChoiceFocus();

  constructor() {
    super();
    this.route = { view: 'requests' };
    this.revision = 0;
    this.isPaused = false;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('route')) this.#browsing.show(this.route);
    if (changed.has('revision')) this.#browsing.refresh();
    if (changed.has('isPaused')) this.#browsing.pause(this.isPaused);
  }

  override render(): TemplateResult<1> {
    const { page, thing, selected } = this.#browsing;
    return browseTemplate({
      route: this.route,
      total: page?.total,
      names: ['request', 'requests'],
      searchHint: 'By path, status, verdict, or anything in the body',
      ifEmpty: {
        title: 'No requests yet',
        text: 'Each call to the REST API shows up here, with the answer it got.',
      },
      list: html`<emulator-request-list
        .rows=${page?.rows ?? []}
        .selected=${selected}
        .route=${this.route}
      ></emulator-request-list>`,
      detail:
        thing === undefined
          ? nothing
          : html`<emulator-request-detail .entry=${thing}></emulator-request-detail>`,
    });
  }

  protected override updated(): void {
    if (!this.#browsing.isThingCurrent) return;
    const list = this.renderRoot.querySelector('emulator-request-list');
    const detail = this.renderRoot.querySelector('emulator-request-detail');
    void this.#focus.follow(this.route.id, list, detail);
  }
}
