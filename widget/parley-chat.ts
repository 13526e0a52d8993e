import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { createBrowserPorts, pageGate, pageVisitor, tellTags } from './browser-ports.ts';
import { Conversation } from './conversation.ts';
import { fire } from './events.ts';
import type { Utterance } from './flow/transcript.ts';
import { loadLocale, wordsLocale, type Locale, type WordOverrides, type Words } from './locale/words.ts';
import { chatStyles } from './parley-chat.styles.ts';
import { createAnnouncer } from './view/announcer.ts';
import { laterSheets } from './view/css.ts';
import { closeIcon, menuIcon } from './view/icons.ts';
import type { Menu } from './view/menu.ts';
import { createQuestion } from './view/question.ts';
import { questionStyles } from './view/question.styles.ts';
import { wordsOfRefusal } from './view/repertoire.ts';
import { sharedStyles } from './view/shared.styles.ts';
import { renderTranscript } from './view/transcript.ts';
import { transcriptStyles } from './view/transcript.styles.ts';
import { readDraft, rememberDraft } from './wake.ts';
import { plainOf } from './view/spans.ts';

const NOTHING: readonly Utterance[] = [];

/** What can be said before the words are there, and where they cannot be had. */
const FIRST_WORDS: Partial<Words> = {
  locale: 'en',
  title: 'Chat',
  transcript: 'Conversation',
  close: 'Close chat',
  writing: 'One moment',
  failed: 'We can’t reach the conversation just now.',
  retry: 'Try again',
};

const anotherTask = () => new Promise((resolve) => setTimeout(resolve));

/** Where a floating chat fills the screen; the styles say the same. */
const PHONE = matchMedia('(max-width: 480px), (max-height: 420px)');

/** What the properties are that nobody has set, or whose attribute was taken away. */
const UNSET: Readonly<Record<PropertyKey, unknown>> = {
  flow: '',
  // This module lies in a folder of the relay's.
  relay: new URL('..', import.meta.url).href,
  name: '',
  locale: '',
  tags: '',
  consent: '',
  theme: '',
  position: '',
  logo: '',
  floating: false,
  opened: false,
  values: false,
  dataLayer: null,
};

const NETWORK = ['online', 'offline'] as const;

/** A page's shortcuts of one key spare its own fields; of ours it sees only the element. */
const keepHere = (event: Event) => event.stopPropagation();

/**
 * A conversation on a page.
 *
 *     <parley-chat flow="welcome" relay="https://relay.example.com" name="Tarn & Tor"></parley-chat>
 *
 * @attr {string} [flow=''] - id of the flow
 * @attr {string} relay - address of the relay; by default where this script came from. It cannot change once the element is
 *   on the page
 * @attr {string} [name=''] - whose conversation it is, shown as the title
 * @attr {string} [locale=''] - BCP 47 tag of the texts; by default the page's language, then the browser's. Another one later is spoken at once
 * @attr {string} [tags=''] - page tags that the page's own code knows of, with commas between them
 * @attr {string} [consent=''] - `none-needed`, `required` or `denied`: whether anything may be kept and sent before the visitor has allowed it.
 *   One word counts for the page: that of the script, else of the first chat
 * @attr {string} [theme=''] - `light` or `dark`; by default as the visitor has it (`prefers-color-scheme`)
 * @attr {string} [position=''] - `start` puts a floating one into the other corner
 * @attr {string} [logo=''] - address of a picture beside the name
 * @attr {object} words - JSON of the words that the page has its own for (`docs/words.md`); as an object they stand in no attribute
 * @attr {boolean} [floating=false] - in the corner of the window, full screen on phones, shown while `opened`
 * @attr {boolean} [opened=false] - shown, if floating; an inline one always is
 * @attr {boolean} [values=false] - its events tell what was said; without it none of them tells anything personal
 * @attr {string} data-layer - name of the list to which its events are forwarded, for a tag manager; empty: `dataLayer`
 *
 * @fires {Event} parley-open - a floating chat is shown, whoever has opened it
 * @fires {Event} parley-close - a floating chat is hidden, whoever has closed it
 * @fires {ParleyAnswerEvent} parley-answer - a question was answered
 * @fires {ParleyBranchEvent} parley-branch - the conversation was led one way out of several
 * @fires {ParleyOutcomeEvent} parley-outcome - a submission was settled, or has to wait
 * @fires {ParleyEndEvent} parley-end - the conversation has come to an end
 * @fires {ParleyHandoffEvent} parley-handoff - the visitor took an offer that the page is to answer
 * @fires {ParleyErrorEvent} parley-error - the relay cannot be reached, storage failed, or submissions were given up
 * @fires {ParleyVisitorEvent} parley-visitor - who is signed in was verified, or the visitor has left, or was erased
 * @fires {Event} parley-consent - the visitor or the page has said whether anything may be kept and sent: `consentState`
 *
 * @cssprop [--parley-accent=#2f5fb3] - the visitor's bubbles and the buttons
 * @cssprop [--parley-on-accent=#fff] - text on the accent
 * @cssprop [--parley-font=system-ui, sans-serif] - font family
 * @cssprop [--parley-surface=light-dark(#fff, #1b1d20)] - ground of the chat
 * @cssprop [--parley-ink=light-dark(#1d1f23, #eceded)] - text on it; lines, bubbles and quiet text are mixed of both
 * @cssprop [--parley-radius=20px] - corners of the chat; bubbles, buttons and fields follow
 * @cssprop [--parley-width=384px] - width of a floating one, never wider than the window
 * @cssprop [--parley-height=640px] - height, never higher than the window; 560px for an inline one
 * @cssprop [--parley-offset-inline=20px] - distance of the launcher from the side
 * @cssprop [--parley-offset-block=20px] - distance of the launcher from the bottom; the chat stands above it
 * @cssprop [--parley-z-index=2147480000] - stacking order of a floating one and of the launcher
 *
 * @csspart chat - the chat itself
 * @csspart header - its top
 * @csspart logo - the brand's picture
 * @csspart title - the brand's name
 * @csspart menu - what opens under the top: start again, copy
 * @csspart close - closes a floating one
 * @csspart transcript - what has been said
 * @csspart bubble - each bubble
 * @csspart brand - a bubble of the brand's
 * @csspart visitor - a bubble of the visitor's
 * @csspart question - the question at hand
 * @csspart field - a field of it
 * @csspart option - a choice of it
 * @csspart send - what sends the answer
 * @csspart problem - why an answer was not taken
 */
export class ParleyChat extends LitElement {
  static override styles = [sharedStyles, chatStyles, transcriptStyles, questionStyles];
  static override properties = {
    flow: { reflect: true },
    relay: { reflect: true },
    name: { reflect: true },
    locale: { reflect: true },
    tags: { reflect: true },
    consent: { reflect: true },
    theme: { reflect: true },
    position: { reflect: true },
    logo: { reflect: true },
    words: {},
    floating: { type: Boolean, reflect: true },
    opened: { type: Boolean, reflect: true },
    values: { type: Boolean, reflect: true },
    dataLayer: { attribute: 'data-layer', reflect: true },
  };

  declare flow: string;
  declare relay: string;
  declare name: string;
  declare locale: string;
  declare tags: string;
  declare consent: string;
  declare theme: string;
  declare position: string;
  declare logo: string;
  declare words: WordOverrides | string | undefined;
  declare floating: boolean;
  declare opened: boolean;
  declare values: boolean;
  declare dataLayer: string | null;

  #conversation: Conversation | undefined;
  #isConnecting = false;
  /** Ends what goes on while it is only off the page for a while. */
  #end: (() => void) | undefined;
  /** What was typed and not sent, by the place of its question. The browser keeps the last of it. */
  readonly #drafts = new Map<string, string>();
  /** The place of what is being said: it is no draft any more. */
  #saying: string | undefined;
  /** The visitor is writing here: the next thing to do takes the focus. */
  #holdsFocus = false;
  readonly #announcer = createAnnouncer(() => this.requestUpdate());
  readonly #question = createQuestion(() => this.renderRoot as ShadowRoot);
  /** What was said when it was rendered last. */
  #seen = NOTHING;
  #menu: Menu | undefined;
  #spoken: Promise<Locale> | undefined;
  /** The flow and the locale that it was begun with, or will be as soon as it can. */
  #wanted = '';
  /** Something was said since the chat came to this page: what follows comes as from someone who writes. */
  #isLive = false;
  #leaveFullScreen: (() => void) | undefined;

  /** Were they set to what they are at first, each would have its attribute, though nobody has said anything. */
  protected static override getPropertyDescriptor(
    ...[name, key, options]: Parameters<typeof LitElement.getPropertyDescriptor>
  ): PropertyDescriptor {
    return {
      ...super.getPropertyDescriptor(name, key, options),
      get(this: Record<PropertyKey, unknown>) {
        return this[key] ?? UNSET[name];
      },
    };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    for (const type of NETWORK) addEventListener(type, this.#handleNetwork);
    PHONE.addEventListener('change', this.#fillScreen);
    void this.#connect();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const type of NETWORK) removeEventListener(type, this.#handleNetwork);
    PHONE.removeEventListener('change', this.#fillScreen);
    this.#leaveFullScreen?.();
  }

  /** Where the visitor goes on: the question's field where a keyboard is at hand, else the chat itself. */
  override focus(options?: FocusOptions): void {
    this.shadowRoot?.querySelector('section')?.focus(options);
    // On a phone the field would bring up the keyboard, over what there is to read.
    this.#holdsFocus = !matchMedia('(pointer: coarse)').matches;
    this.requestUpdate();
  }

  /** Shows it, if floating, and leaves the focus where it is: `focus()` takes the visitor there. */
  open(): void {
    this.opened = true;
  }

  /** Hides it, if floating. */
  close(): void {
    this.opened = false;
  }

  /** Shows it where it is hidden, and hides it where it is shown. */
  toggle(): void {
    this.opened = !this.opened;
  }

  /** Begins anew. What was said is delivered all the same. */
  restart(): void {
    void this.#startAnew();
  }

  /** Takes it off the page for good: no listener, timer, observer or channel of it is left. Were it put back, it would begin anew. */
  destroy(): void {
    this.remove();
    this.#announcer.forget();
    this.#end?.();
    if (this.#conversation) this.removeController(this.#conversation);
    this.#conversation = this.#end = undefined;
    this.#isConnecting = false;
  }

  /** Adds page tags, as if the page had shown them now: a list, or a text with commas between them. */
  setTags(tags: string | readonly string[]): void {
    tellTags(tags);
  }

  /**
   * Says who is signed in, for all chats on the page. Who was anonymous until then has said what they said as that one; somebody else ends
   * the visitor first, as `logout()` does. It is kept in memory alone, so say it on each page. Rejects where that is no such word, or
   * cannot be heeded now.
   * @param jwt signed by the brand's backend (JWT with `sub` and `exp`; RS256, ES256 or EdDSA)
   */
  identify(jwt: string): Promise<void> {
    return pageVisitor.identify(jwt);
  }

  /**
   * The visitor leaves, in all tabs: the conversation is erased, and what is unsent still goes out as theirs. Who comes next is another
   * visitor. While consent is pending it resolves once the visitor has said whether anything may be kept. Rejects where it cannot be done now.
   */
  logout(): Promise<void> {
    return pageVisitor.logout();
  }

  /**
   * The visitor asks to be forgotten: what is unsent is dropped, what the browser keeps is erased in all tabs, and the relay erases what it
   * holds. While consent is pending it waits as `logout()` does. Rejects where the relay has not confirmed that: the browser has erased all
   * but what it takes to ask it again, on the next page.
   */
  forget(): Promise<void> {
    return pageVisitor.forget();
  }

  /** Takes what a challenge gave the page (Turnstile, hCaptcha ...), where the site has its new visitors take one. What waits is sent at once. */
  setChallenge(token: string): void {
    pageVisitor.setChallenge(token);
  }

  /** That of the script counts, where it has one. */
  get #mode(): string {
    const { parley } = window as { parley?: { readonly consent?: string } };
    const { consent = '' } = parley ?? {};
    return consent === '' ? this.consent : consent;
  }

  /** Whether anything may be kept and sent. `pending`: the visitor has yet to say so. */
  get consentState(): 'allowed' | 'pending' | 'denied' {
    return pageGate.state();
  }

  /**
   * Takes the visitor's word on whether anything may be kept and sent, for all chats on the page. What was kept is erased where they take
   * it back. Rejects where it could not be taken: the network is at fault.
   * @param isGranted whatever is not `true` itself is a refusal, the text `'denied'` of a consent tool too
   */
  setConsent(isGranted: boolean): Promise<void> {
    pageGate.declare(this.#mode);
    // A page without types may say anything.
    return pageGate.set((isGranted as unknown) === true);
  }

  /** The visitor has gone, and with them what they typed. */
  #forget(): void {
    this.#announcer.forget();
    this.#drafts.clear();
    this.#saying = undefined;
    this.#isLive = false;
    this.#seen = NOTHING;
  }

  /** Those of the widget itself, in the visitor's locale. */
  get #words(): Words {
    return this.#conversation?.words ?? (FIRST_WORDS as Words);
  }

  protected override render(): TemplateResult {
    const words = this.#words;
    const { floating, logo, name } = this;
    const { transcript = NOTHING } = this.#conversation?.shown ?? {};
    return html`
      <section
        part="chat"
        tabindex="-1"
        lang=${words.locale}
        .dir=${this.#conversation?.words?.direction ?? ''}
        role=${floating ? 'dialog' : 'region'}
        .ariaModal=${this.#isFull ? 'true' : null}
        aria-label=${name || words.title}
        @keydown=${this.#handleKeydown}
        @keypress=${keepHere}
        @keyup=${keepHere}
      >
        <div class="top" part="header">
          ${logo ? html`<img part="logo" src=${logo} alt="" />` : nothing}
          <h2 part="title">${name || words.title}</h2>
          ${
            this.#conversation?.status === 'ready'
              ? html`<button
                  class="round more"
                  aria-label=${words.menu}
                  aria-expanded=${this.#menu?.isOpen === true}
                  @click=${this.#toggleMenu}
                >
                  ${menuIcon}
                </button>`
              : nothing
          }
          ${
            floating
              ? html`<button class="round" part="close" aria-label=${words.close} @click=${this.#close}>
                  ${closeIcon}
                </button>`
              : nothing
          }
        </div>
        ${this.#menu?.render(transcript, this.#language)} ${this.#renderConversation()}
      </section>
    `;
  }

  #renderConversation() {
    const conversation = this.#conversation;
    const words = this.#words;
    if (!conversation) return nothing;
    if (conversation.status === 'failed') {
      return html`<div class="notice" role="alert">
        <p>${words.failed}</p>
        <button class="pill" @click=${this.#retry}>${words.retry}</button>
      </div>`;
    }
    const { shown } = conversation;
    const { question, transcript = NOTHING, locale = '', refusal } = shown;
    const language = this.#language;
    // What comes while it is closed is read when it is opened again.
    const news = this.#announcer.hear(this.#isShown ? transcript : undefined, words, language);
    return html`
      ${renderTranscript({
        utterances: transcript,
        lang: locale,
        isWriting: conversation.status === 'loading' || shown.isAwaitingVerdict === true,
        isLive: this.#isLive,
        notice: conversation.hasChanged ? words.changed : '',
        locale: language,
        words,
        correct: this.#correct,
      })}
      <p class="hidden" aria-live="polite" lang=${locale}>${news}</p>
      <p class="waiting" role="status">${this.#note(conversation, words)}</p>
      ${
        question
          ? this.#question.render({
              ...shown,
              ask: question,
              lang: locale,
              turn: transcript.length,
              label: plainOf(shown.content ?? []),
              problem: refusal ? (shown.refusalText ?? wordsOfRefusal(refusal, words, language)) : '',
              locale: language,
              words,
              draft: this.#draft,
              keep: this.#keepDraft,
              say: this.#say,
            })
          : nothing
      }
      ${
        shown.isOver
          ? html`<p class="over"><button class="pill" @click=${this.#restart}>${words.restart}</button></p>`
          : nothing
      }
    `;
  }

  /** What the visitor has to know of what becomes of their words. */
  #note({ isWaiting }: Conversation, { offline, waiting }: Words) {
    if (!navigator.onLine && pageGate.state() === 'allowed') return offline;
    return isWaiting ? waiting : nothing;
  }

  protected override update(changed: PropertyValues<this>): void {
    const root = this.renderRoot as ShadowRoot;
    const focused = root.activeElement;
    const sheets = [...ParleyChat.styles, ...laterSheets];
    if (root.adoptedStyleSheets.length < sheets.length) root.adoptedStyleSheets = sheets;
    super.update(changed);
    // What had the focus may have gone: another tab has answered, or the page has begun anew. The keyboard is still here, and Escape closes.
    if (focused?.isConnected === false) {
      this.#holdsFocus = true;
      if (!root.querySelector('.question')) root.querySelector('section')?.focus({ preventScroll: true });
    }
    this.#question.rendered();
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { status = 'idle' } = this.#conversation ?? {};
    // They are being fetched already, without these.
    if (changed.has('words') && status === 'idle') this.#wanted = '';
    // A framework may set the flow after it has put the element on the page, and another one later.
    this.#beginIfDue();
    if (changed.has('opened')) this.#fillScreen();
    // That it is closed at first is no news, and an inline one is never hidden.
    if (this.floating && changed.has('opened') && (this.opened || changed.get('opened'))) {
      fire(this, this.opened ? 'parley-open' : 'parley-close', {});
    }
    if (changed.has('dataLayer') && this.dataLayer !== null) {
      import('./data-layer.ts').then(
        ({ connectDataLayer }) => connectDataLayer(this),
        // It costs what it would forward, and nothing else.
        () => undefined,
      );
    }
    const { isAwaitingVerdict, question, isOver, transcript = NOTHING } = this.#conversation?.shown ?? {};
    if (transcript !== this.#seen) {
      // The column is reversed: its end is where it starts to scroll. At first it is there, and asking would only cost a layout.
      const column = this.#seen.length > 0 && this.renderRoot.querySelector('.transcript');
      if (column) column.scrollTop = 0;
      this.#seen = transcript;
    }
    if (!this.#holdsFocus || isAwaitingVerdict) return;
    if (question || isOver) {
      this.#holdsFocus = false;
      if (this.#mayTakeFocus) this.#refocus();
    }
  }

  /** The visitor is here, or nowhere: what they answered has gone with its field. Elsewhere they are left alone. */
  get #mayTakeFocus(): boolean {
    const { activeElement } = this.getRootNode() as Document | ShadowRoot;
    return activeElement === this || activeElement === null || activeElement === document.body;
  }

  async #connect(): Promise<void> {
    if (this.#isConnecting) return;
    this.#isConnecting = true;
    // Properties that were set before the element was defined are there after its first update.
    await this.updateComplete;
    // Its code has only just come: in one task with all that follows it would hold up the page.
    await anotherTask();
    if (!this.isConnected) {
      this.#isConnecting = false;
      return;
    }
    pageGate.declare(this.#mode);
    const relay = this.relay.replace(/\/$/, '');
    const ports = createBrowserPorts(relay, (...told) => {
      if ('change' in told[1] && told[1].change === 'ended') this.#forget();
      fire(this, ...told);
    });
    if (this.tags) this.setTags(this.tags);
    this.#end = ports.end;
    this.#conversation = new Conversation(this, ports);
    await anotherTask();
    // It may have begun, or gone, meanwhile.
    this.#beginIfDue();
  }

  get #isShown(): boolean {
    return this.opened || !this.floating;
  }

  get #isFull(): boolean {
    return this.floating && this.opened && PHONE.matches;
  }

  /** On a phone it has the whole screen, and what comes with that. */
  readonly #fillScreen = (change?: Event) => {
    this.#leaveFullScreen?.();
    this.#leaveFullScreen = undefined;
    // Where it was opened or closed that has been rendered.
    if (change) this.requestUpdate();
    if (!this.#isFull) return;
    import('./view/full-screen.ts').then(
      ({ connectFullScreen }) => {
        if (!this.#isFull || !this.isConnected) return;
        this.#leaveFullScreen ??= connectFullScreen(this, this.renderRoot as ShadowRoot);
      },
      // It is a chat all the same.
      () => undefined,
    );
  };

  readonly #toggleMenu = async () => {
    const { createMenu } = await import('./view/menu.ts');
    this.#menu ??= createMenu(this, this.#restart);
    void this.#menu.toggle(this.#spoken);
  };

  readonly #handleNetwork = () => this.requestUpdate();

  get #place(): string {
    return this.#conversation?.shown.place ?? '';
  }

  /** What was typed, and not sent, before the visitor went elsewhere or the page was loaded anew. Another question's draft is none. */
  get #draft(): string | undefined {
    const place = this.#place;
    if (place === this.#saying) return undefined;
    const kept = readDraft();
    return this.#drafts.get(place) ?? (kept?.startsWith(place) ? kept.slice(place.length) : undefined);
  }

  readonly #keepDraft = (draft: string) => {
    this.#drafts.set(this.#place, draft);
    rememberDraft(this.#place + draft);
  };

  #beginIfDue(): void {
    const wanted = `${this.flow} ${this.locale}`;
    if (!this.flow || !this.#isShown) return;
    const isAnother = wanted !== this.#wanted;
    if (isAnother) this.#loadWords();
    this.#wanted = wanted;
    if (isAnother || this.#conversation?.status === 'idle') void this.#begin();
  }

  /** Ahead of the conversation, which is there a little later. */
  #loadWords(): void {
    const tag = wordsLocale(this.locale, document.documentElement.lang, navigator.languages);
    this.#spoken = loadLocale(tag, this.words);
  }

  #begin(): Promise<void> | undefined {
    return this.#spoken && this.#conversation?.begin(this.flow, this.#locale, this.#spoken);
  }

  get #locale(): string {
    return this.locale || document.documentElement.lang || navigator.language;
  }

  /** The locale in which dates and numbers are written. A page may call its language what is none, such as `en_US`. */
  get #language(): string | undefined {
    try {
      return Intl.getCanonicalLocales(this.#locale)[0];
    } catch {
      return undefined;
    }
  }

  /**
   * The question's own field. At the end there is none: what comes next is the visitor's choice. Nor has the widget's own question one:
   * nobody consents by a second press of the key that sent their answer.
   */
  #refocus(): void {
    if (this.#conversation?.shown.question?.field) this.#question.focus();
    else this.renderRoot.querySelector('section')?.focus();
  }

  readonly #say = (raw: unknown) => {
    this.#isLive = true;
    this.#saying = this.#place;
    void this.#focusAfter(this.#conversation?.answer(raw));
  };

  readonly #correct = (node: string) => void this.#focusAfter(this.#conversation?.correct(node));

  /** Not before: an update for another reason would give the focus to what is about to go. */
  async #focusAfter(step: Promise<void> | undefined): Promise<void> {
    await step;
    const { status, shown } = this.#conversation ?? {};
    const said = this.#saying;
    this.#saying = undefined;
    // What could not be taken, or kept, is asked for once more.
    if (said && status !== 'failed' && !shown?.refusal) {
      this.#drafts.delete(said);
      if (readDraft()?.startsWith(said)) rememberDraft(undefined);
    }
    this.#holdsFocus = true;
    this.requestUpdate();
  }

  #handleKeydown(event: KeyboardEvent): void {
    keepHere(event);
    // Not the one that ends a composition: WebKit says of it nothing but this (https://bugs.webkit.org/show_bug.cgi?id=165004).
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    if (event.key === 'Escape' && this.floating && event.keyCode !== 229) this.#close();
  }

  readonly #close = () => this.close();

  readonly #retry = () => {
    this.#loadWords();
    void this.#focusAfter(this.#begin());
  };

  readonly #restart = () => void this.#focusAfter(this.#startAnew());

  #startAnew(): Promise<void> | undefined {
    this.#announcer.forget();
    this.#drafts.clear();
    rememberDraft(undefined);
    return this.#conversation?.restart();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-chat': ParleyChat;
  }
}
