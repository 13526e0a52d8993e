import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { cache } from 'lit/directives/cache.js';
import { live } from 'lit/directives/live.js';
import type { News, WorkspaceSummary } from '../change.ts';
import { put, reset } from './calls.ts';
import { FeedController } from './feed.ts';
import { resultOf } from './fields.ts';
import { headerTemplate } from './header-template.ts';
import { inspectorStyles } from './inspector.styles.ts';
import { navigationTemplate, titles } from './navigation-template.ts';
import { NewsReader } from './news-reader.ts';
import { noticeTemplate } from './notice-template.ts';
import type { ResetDialog } from './reset-dialog.ts';
import { replaceRoute, RouteController, type Route } from './route.ts';
import { baseStyles } from './theme.styles.ts';

/** The whole page. Follows the address for what to show, and the emulator's stream for when to ask for it again. */
export class EmulatorInspector extends LitElement {
  static override readonly styles = [baseStyles, inspectorStyles];
  static override readonly properties = { revision: { state: true }, problem: { state: true } };

  /** Another one whenever something has changed. */
  declare revision: number;
  /** Why what was asked for at the top of the page was not done. */
  declare problem: string;

  readonly #feed = new FeedController(this, (news) => this.#takeUp(news));
  readonly #route = new RouteController(this);
  readonly #news = new NewsReader(this);
  /** How often each profile has changed since the page was opened, by `braze_id`. */
  #changes: ReadonlyMap<string, number> = new Map();

  constructor() {
    super();
    this.revision = 0;
    this.problem = '';
  }

  override render(): TemplateResult<1> {
    const { status, isLive, isPaused, missed } = this.#feed;
    const { view } = this.#route.route;
    return html`${headerTemplate({
        workspaces: status?.workspaces ?? [],
        workspace: this.#workspace?.name,
        isLive,
        isPaused,
        missed,
        onSwitch: this.#handleSwitch,
        onPause: this.#handlePause,
        onReset: this.#handleAskReset,
      })}
      ${navigationTemplate(this.#route.route, this.#workspace, Boolean(status?.fault ?? status?.chaos))}
      ${noticeTemplate(status, this.problem, () => void this.#handleNormal())}
      <main>
        ${view === 'people' ? this.#renderPeople() : nothing}
        ${view === 'requests' ? this.#renderRequests() : nothing}
        ${
          // What was typed into a form is still there when the reader comes back to it.
          cache(this.#renderForm())
        }
      </main>
      <p class="hidden" role="status">${this.#news.text}</p>
      <emulator-reset-dialog .onForget=${this.#handleReset}></emulator-reset-dialog>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    document.title = `${titles[this.#route.route.view]} · Braze emulator (not Braze)`;
  }

  #takeUp(news: News): void {
    this.revision += 1;
    this.#news.hear(news);
    const here = this.#workspace?.name;
    const ids = news.profiles.filter(({ workspace }) => workspace === here).flatMap((changed) => changed.ids);
    if (ids.length === 0) return;
    const changes = new Map(this.#changes);
    for (const id of ids) changes.set(id, (changes.get(id) ?? 0) + 1);
    this.#changes = changes;
  }

  /** The one that the address names, or the first. */
  get #workspace(): WorkspaceSummary | undefined {
    const all = this.#feed.status?.workspaces ?? [];
    return all.find(({ name }) => name === this.#route.route.workspace) ?? all[0];
  }

  /** Where the reader is, and where an address leads that names a workspace that is not there. */
  get #here(): Route {
    const { route } = this.#route;
    if (route.workspace === undefined || !this.#feed.status) return route;
    return { ...route, workspace: this.#workspace?.name };
  }

  #renderPeople(): TemplateResult<1> {
    return html`<emulator-people
      .route=${this.#here}
      .revision=${this.revision}
      .isPaused=${this.#feed.isPaused}
      .changes=${this.#changes}
    ></emulator-people>`;
  }

  /** Of one workspace, also where the address names none: else there would be more than the count says. */
  #renderRequests(): TemplateResult<1> {
    return html`<emulator-requests
      .route=${{ ...this.#here, workspace: this.#workspace?.name }}
      .revision=${this.revision}
      .isPaused=${this.#feed.isPaused}
    ></emulator-requests>`;
  }

  #renderForm(): TemplateResult<1> | typeof nothing {
    const { status } = this.#feed;
    switch (this.#route.route.view) {
      case 'settings':
        return html`<div class="card">
          <emulator-settings
            .workspace=${this.#workspace?.name}
            .revision=${this.revision}
          ></emulator-settings>
        </div>`;
      case 'faults':
        // A panel knows what it has just set, some time before the stream tells.
        return html`<div class="card">
          <emulator-fault-panel .fault=${live(status?.fault ?? null)}></emulator-fault-panel>
          <emulator-chaos-panel .chaos=${live(status?.chaos ?? null)}></emulator-chaos-panel>
        </div>`;
      default:
        return nothing;
    }
  }

  readonly #handlePause = (): void => {
    this.#feed.pause(!this.#feed.isPaused);
  };

  readonly #handleSwitch = (workspace: string): void => {
    this.#changes = new Map();
    replaceRoute({ view: this.#route.route.view, workspace });
  };

  readonly #handleNormal = async (): Promise<void> => {
    this.problem = '';
    const result = await resultOf(Promise.all([put('fault', null), put('chaos', null)]), '');
    this.problem = result.text;
    // The button goes, and the focus with it.
    if (!result.isBad) this.renderRoot.querySelector<HTMLElement>('nav [aria-current]')?.focus();
  };

  readonly #handleAskReset = (): void => {
    this.renderRoot.querySelector<ResetDialog>('emulator-reset-dialog')?.ask();
  };

  readonly #handleReset = async (): Promise<void> => {
    const { view, workspace } = this.#route.route;
    this.problem = '';
    const result = await resultOf(reset(), '');
    this.problem = result.text;
    if (!result.isBad) replaceRoute({ view, workspace });
  };
}
