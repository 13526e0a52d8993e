/**
 * The inspector page of the emulator: people, requests, faults and settings, live. Entry of the page's script.
 */
import { html, LitElement, nothing, svg, type PropertyValues, type TemplateResult } from 'lit';
import { ifDefined } from 'lit/directives/if-defined.js';
import type { News, WorkspaceSummary } from '../change.ts';
import { put, reset } from './calls.ts';
import { ChaosPanel, chaosText } from './chaos-panel.ts';
import { FaultPanel } from './fault-panel.ts';
import { FeedController } from './feed.ts';
import { inspectorStyles } from './inspector.styles.ts';
import { NewsReader } from './news-reader.ts';
import { PeopleView } from './people-view.ts';
import { ProfileDetail } from './profile-detail.ts';
import { ProfileList } from './profile-list.ts';
import { RequestDetail } from './request-detail.ts';
import { RequestList } from './request-list.ts';
import { RequestsView } from './requests-view.ts';
import { hrefOf, replaceRoute, RouteController, type Route, type View } from './route.ts';
import { SettingsPanel } from './settings-panel.ts';
import { baseStyles, documentStyles } from './theme.styles.ts';
import { Timeline } from './timeline.ts';
import { counted, faultText } from './wording.ts';

const titles: Readonly<Record<View, string>> = {
  people: 'People',
  requests: 'Requests',
  faults: 'Faults',
  settings: 'Settings',
};

const mark = svg`<svg viewBox="0 0 16 16" aria-hidden="true">
  <rect width="16" height="16" rx="4" fill="currentColor" />
  <path d="M3.5 8h2L7 4.5l2 7L10.5 8h2" fill="none" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
</svg>`;

/** The whole page. Follows the address for what to show, and the emulator's stream for when to ask for it again. */
export class EmulatorInspector extends LitElement {
  static override readonly styles = [baseStyles, inspectorStyles];
  static override readonly properties = { revision: { state: true } };

  /** Another one whenever something has changed. */
  declare revision: number;

  readonly #feed = new FeedController(this, (news) => this.#takeUp(news));
  readonly #route = new RouteController(this);
  readonly #news = new NewsReader(this);
  /** How often each profile has changed since the page was opened, by `braze_id`. */
  #changes: ReadonlyMap<string, number> = new Map();

  constructor() {
    super();
    this.revision = 0;
  }

  override render(): TemplateResult<1> {
    return html`${this.#renderHeader()} ${this.#renderNavigation()} ${this.#renderNotice()}
      <main>${this.#renderView()}</main>
      <p class="hidden" role="status">${this.#news.text}</p>
      ${this.#renderDialog()}`;
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

  #renderHeader(): TemplateResult<1> {
    const { isLive, isPaused, missed } = this.#feed;
    const state = isPaused ? `Paused, ${counted(missed, 'new request')}` : 'Live';
    return html`<header>
      ${mark}
      <h1>Braze emulator</h1>
      <p>A local stand-in for demos and tests. It is not Braze and not affiliated with Braze.</p>
      <div class="actions">
        ${this.#renderSwitch()}
        <span class="live ${isLive && !isPaused ? 'on' : ''} ${isPaused ? 'paused' : ''}"
          >${isLive ? state : 'Not connected'}</span
        >
        <button
          class="button"
          type="button"
          aria-pressed=${isPaused ? 'true' : 'false'}
          @click=${this.#handlePause}
        >
          Pause
        </button>
        <button class="button" type="button" aria-haspopup="dialog" @click=${this.#handleAskReset}>
          Reset…
        </button>
      </div>
    </header>`;
  }

  #renderSwitch(): TemplateResult<1> | typeof nothing {
    const workspaces = this.#feed.status?.workspaces ?? [];
    if (workspaces.length < 2) return nothing;
    return html`<label class="switch">
      <span>Workspace</span>
      <select @change=${this.#handleSwitch}>
        ${workspaces.map(
          ({ name }) =>
            html`<option value=${name} .selected=${name === this.#workspace?.name}>${name}</option>`,
        )}
      </select>
    </label>`;
  }

  #renderNavigation(): TemplateResult<1> {
    const { status } = this.#feed;
    const { view: current, workspace } = this.#route.route;
    const { profiles = 0, requests = 0 } = this.#workspace ?? {};
    const isOn = Boolean(status?.fault ?? status?.chaos);
    const link = (view: View, count: string, isSet = false): TemplateResult<1> =>
      html`<a
        href=${hrefOf({ view, workspace })}
        aria-current=${ifDefined(current === view ? 'page' : undefined)}
        >${titles[view]}
        ${count === '' ? nothing : html`<span class="count ${isSet ? 'set' : ''}">${count}</span>`}</a
      >`;
    return html`<nav aria-label="Views">
      ${link('people', profiles.toLocaleString('en'))} ${link('requests', requests.toLocaleString('en'))}
      ${link('faults', isOn ? 'on' : 'off', isOn)} ${link('settings', '')}
    </nav>`;
  }

  #renderNotice(): TemplateResult<1> | typeof nothing {
    const { fault, chaos, held = 0 } = this.#feed.status ?? {};
    if (!fault && !chaos && held === 0) return nothing;
    const sentences = [
      fault && `Fault: ${faultText(fault)}`,
      chaos && `Chaos: ${chaosText(chaos)}.`,
      held > 0 && `Waiting for an answer now: ${String(held)}.`,
    ];
    return html`<section class="notice" aria-label="Faults">
      <p>${sentences.filter(Boolean).join(' ')}</p>
      <button class="button" type="button" @click=${this.#handleNormal}>Answer normally</button>
    </section>`;
  }

  #renderView(): TemplateResult<1> {
    const { status } = this.#feed;
    const route = this.#here;
    if (route.view === 'people') {
      return html`<emulator-people
        .route=${route}
        .revision=${this.revision}
        .isPaused=${this.#feed.isPaused}
        .changes=${this.#changes}
      ></emulator-people>`;
    }
    if (route.view === 'requests') {
      // Of one workspace, also where the address names none: else there would be more than the count says.
      const here = { ...route, workspace: this.#workspace?.name };
      return html`<emulator-requests
        .route=${here}
        .revision=${this.revision}
        .isPaused=${this.#feed.isPaused}
      ></emulator-requests>`;
    }
    if (route.view === 'settings') {
      return html`<div class="card">
        <emulator-settings .workspace=${route.workspace} .revision=${this.revision}></emulator-settings>
      </div>`;
    }
    return html`<div class="card">
      <emulator-fault-panel .fault=${status?.fault ?? null}></emulator-fault-panel>
      <emulator-chaos-panel .chaos=${status?.chaos ?? null}></emulator-chaos-panel>
    </div>`;
  }

  #renderDialog(): TemplateResult<1> {
    return html`<dialog aria-labelledby="reset-title" aria-describedby="reset-text">
      <h2 id="reset-title">Forget everything?</h2>
      <p id="reset-text" class="muted">
        People, events, requests and faults are removed, of all workspaces. API keys and settings stay.
      </p>
      <div class="choices">
        <button class="button" type="button" @click=${this.#closeDialog}>Keep</button>
        <button class="button primary" type="button" @click=${this.#handleReset}>Forget</button>
      </div>
    </dialog>`;
  }

  readonly #handlePause = (): void => {
    this.#feed.pause(!this.#feed.isPaused);
  };

  readonly #handleSwitch = ({ currentTarget }: Event): void => {
    const { value } = currentTarget as HTMLSelectElement;
    this.#changes = new Map();
    replaceRoute({ view: this.#route.route.view, workspace: value });
  };

  readonly #handleNormal = async (): Promise<void> => {
    await Promise.all([put('fault', null), put('chaos', null)]);
    // The button goes, and the focus with it.
    this.renderRoot.querySelector<HTMLElement>('nav [aria-current]')?.focus();
  };

  readonly #handleAskReset = (): void => {
    this.renderRoot.querySelector('dialog')?.showModal();
  };

  readonly #closeDialog = (): void => {
    this.renderRoot.querySelector('dialog')?.close();
  };

  readonly #handleReset = async (): Promise<void> => {
    this.#closeDialog();
    const { view, workspace } = this.#route.route;
    replaceRoute({ view, workspace });
    await reset();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'emulator-chaos-panel': ChaosPanel;
    'emulator-fault-panel': FaultPanel;
    'emulator-inspector': EmulatorInspector;
    'emulator-people': PeopleView;
    'emulator-profile-detail': ProfileDetail;
    'emulator-profile-list': ProfileList;
    'emulator-request-detail': RequestDetail;
    'emulator-request-list': RequestList;
    'emulator-requests': RequestsView;
    'emulator-settings': SettingsPanel;
    'emulator-timeline': Timeline;
  }
}

if (documentStyles.styleSheet) document.adoptedStyleSheets.push(documentStyles.styleSheet);
customElements.define('emulator-timeline', Timeline);
customElements.define('emulator-profile-detail', ProfileDetail);
customElements.define('emulator-profile-list', ProfileList);
customElements.define('emulator-request-detail', RequestDetail);
customElements.define('emulator-request-list', RequestList);
customElements.define('emulator-people', PeopleView);
customElements.define('emulator-requests', RequestsView);
customElements.define('emulator-fault-panel', FaultPanel);
customElements.define('emulator-chaos-panel', ChaosPanel);
customElements.define('emulator-settings', SettingsPanel);
customElements.define('emulator-inspector', EmulatorInspector);
