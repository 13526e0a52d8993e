/**
 * The inspector page of the emulator: people, requests and faults, live. Entry of the page's script.
 */
import { html, LitElement, nothing, svg, type PropertyValues, type TemplateResult } from 'lit';
import { ifDefined } from 'lit/directives/if-defined.js';
import { FaultPanel } from './fault-panel.ts';
import { FeedController } from './feed.ts';
import { inspectorStyles } from './inspector.styles.ts';
import { ProfileDetail } from './profile-detail.ts';
import { ProfileList } from './profile-list.ts';
import { RequestDetail } from './request-detail.ts';
import { RequestList } from './request-list.ts';
import { RouteController, type View } from './route.ts';
import { baseStyles, documentStyles } from './theme.styles.ts';
import { cargoOf, clockTime, faultText, verdictText } from './wording.ts';

const narrow = matchMedia('(max-width: 52rem)');

const mark = svg`<svg viewBox="0 0 16 16" aria-hidden="true">
  <rect width="16" height="16" rx="4" fill="currentColor" />
  <path d="M3.5 8h2L7 4.5l2 7L10.5 8h2" fill="none" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
</svg>`;

/** The whole page. Follows the address for what to show, and the emulator's stream for what there is. */
export class EmulatorInspector extends LitElement {
  static override readonly styles = [baseStyles, inspectorStyles];

  readonly #feed = new FeedController(this);
  readonly #route = new RouteController(this);
  #shownId: string | undefined;

  override render(): TemplateResult<1> {
    const { fault, held } = this.#feed.state;
    return html`${this.#renderHeader()} ${this.#renderNavigation()}
      ${fault || held > 0 ? this.#renderNotice() : nothing}
      <main>${this.#renderView()}</main>
      <p class="hidden" role="status">${this.#news}</p>
      ${this.#renderDialog()}`;
  }

  /** On a narrow page the list makes way for what was chosen in it, and the focus goes along. */
  protected override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    const { id } = this.#route.route;
    if (id !== undefined && id !== this.#shownId && narrow.matches) void this.#focusDetail();
    this.#shownId = id;
  }

  async #focusDetail(): Promise<void> {
    const detail = this.renderRoot.querySelector<LitElement>('.detail > :last-child');
    await detail?.updateComplete;
    detail?.renderRoot.querySelector('h2')?.focus();
  }

  get #news(): string {
    const [entry] = this.#feed.state.journal;
    return entry ? `${clockTime(entry.at)}: ${verdictText(entry)}, ${cargoOf(entry)}` : '';
  }

  #renderHeader(): TemplateResult<1> {
    const { isLive } = this.#feed.state;
    return html`<header>
      ${mark}
      <h1>Braze emulator</h1>
      <p>A local stand-in for demos and tests. It is not Braze and not affiliated with Braze.</p>
      <div class="actions">
        <span class="live ${isLive ? 'on' : ''}">${isLive ? 'Live' : 'Not connected'}</span>
        <button class="button" type="button" @click=${this.#handleAskReset}>Reset…</button>
      </div>
    </header>`;
  }

  #renderNavigation(): TemplateResult<1> {
    const { profiles, journal, fault } = this.#feed.state;
    const link = (view: View, title: string, count: string | number, isSet = false): TemplateResult<1> =>
      html`<a href="#${view}" aria-current=${ifDefined(this.#route.route.view === view ? 'page' : undefined)}
        >${title} <span class="count ${isSet ? 'set' : ''}">${count}</span></a
      >`;
    return html`<nav aria-label="Views">
      ${link('people', 'People', profiles.length)} ${link('requests', 'Requests', journal.length)}
      ${link('faults', 'Faults', fault ? 'on' : 'off', fault !== null)}
    </nav>`;
  }

  #renderNotice(): TemplateResult<1> {
    const { fault, held } = this.#feed.state;
    return html`<section class="notice" aria-label="Fault">
      <p>${fault ? faultText(fault) : ''} ${held > 0 ? `Waiting for an answer now: ${String(held)}.` : ''}</p>
      <button class="button" type="button" @click=${this.#handleNormal}>Answer normally</button>
    </section>`;
  }

  #renderView(): TemplateResult<1> {
    const { view } = this.#route.route;
    if (view === 'people') return this.#renderPeople();
    if (view === 'requests') return this.#renderRequests();
    return html`<div class="card">
      <emulator-fault-panel
        .fault=${this.#feed.state.fault}
        .apply=${this.#applyFault}
      ></emulator-fault-panel>
    </div>`;
  }

  #renderPeople(): TemplateResult<1> {
    const { profiles, changes } = this.#feed.state;
    if (profiles.length === 0) {
      return this.#renderEmpty(
        'Nobody is here yet',
        'Open a demo page and talk to the widget: people appear as they answer.',
      );
    }
    // Until somebody is chosen, the one who changed last is shown.
    const selected = this.#route.route.id ?? profiles[0]?.braze_id;
    return this.#renderColumns(
      html`<emulator-profile-list
        .profiles=${profiles}
        .changes=${changes}
        .selected=${selected}
      ></emulator-profile-list>`,
      'All people',
      html`<emulator-profile-detail
        .profile=${profiles.find((profile) => profile.braze_id === selected)}
      ></emulator-profile-detail>`,
    );
  }

  #renderRequests(): TemplateResult<1> {
    const { journal } = this.#feed.state;
    if (journal.length === 0) {
      return this.#renderEmpty(
        'No requests yet',
        'Each call to the REST API shows up here, with the answer it got.',
      );
    }
    const { id } = this.#route.route;
    const selected = id === undefined ? journal[0]?.id : Number(id);
    return this.#renderColumns(
      html`<emulator-request-list .entries=${journal} .selected=${selected}></emulator-request-list>`,
      'All requests',
      html`<emulator-request-detail
        .entry=${journal.find((entry) => entry.id === selected)}
      ></emulator-request-detail>`,
    );
  }

  #renderColumns(list: TemplateResult<1>, back: string, detail: TemplateResult<1>): TemplateResult<1> {
    const { view, id } = this.#route.route;
    return html`<div class="columns ${id === undefined ? '' : 'one'}">
      <div class="card list">${list}</div>
      <div class="card detail">
        <a class="back" href="#${view}">← ${back}</a>
        ${detail}
      </div>
    </div>`;
  }

  #renderEmpty(title: string, text: string): TemplateResult<1> {
    return html`<div class="card empty">
      <h2>${title}</h2>
      <p>${text}</p>
    </div>`;
  }

  #renderDialog(): TemplateResult<1> {
    return html`<dialog aria-labelledby="reset-title">
      <h2 id="reset-title">Forget everything?</h2>
      <p class="muted">People, events, requests and the fault are removed. API keys stay.</p>
      <div class="choices">
        <button class="button" type="button" @click=${this.#closeDialog}>Keep</button>
        <button class="button primary" type="button" @click=${this.#handleReset}>Forget</button>
      </div>
    </dialog>`;
  }

  readonly #applyFault: FaultPanel['apply'] = (fault) => this.#feed.setFault(fault);

  readonly #handleNormal = (): void => {
    void this.#feed.setFault(null);
  };

  readonly #handleAskReset = (): void => {
    this.renderRoot.querySelector('dialog')?.showModal();
  };

  readonly #closeDialog = (): void => {
    this.renderRoot.querySelector('dialog')?.close();
  };

  readonly #handleReset = (): void => {
    void this.#feed.reset();
    this.#closeDialog();
    location.hash = `#${this.#route.route.view}`;
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'emulator-fault-panel': FaultPanel;
    'emulator-inspector': EmulatorInspector;
    'emulator-profile-detail': ProfileDetail;
    'emulator-profile-list': ProfileList;
    'emulator-request-detail': RequestDetail;
    'emulator-request-list': RequestList;
  }
}

if (documentStyles.styleSheet) document.adoptedStyleSheets.push(documentStyles.styleSheet);
customElements.define('emulator-fault-panel', FaultPanel);
customElements.define('emulator-profile-detail', ProfileDetail);
customElements.define('emulator-profile-list', ProfileList);
customElements.define('emulator-request-detail', RequestDetail);
customElements.define('emulator-request-list', RequestList);
customElements.define('emulator-inspector', EmulatorInspector);
