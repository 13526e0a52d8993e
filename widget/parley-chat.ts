import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { createBrowserPorts, tellTags } from './browser-ports.ts';
import { Conversation } from './conversation.ts';
import { ParleyCloseEvent, ParleyErrorEvent } from './events.ts';
import type { Utterance } from './flow/transcript.ts';
import { en } from './locale/en.ts';
import { chatStyles } from './parley-chat.styles.ts';
import { closeIcon } from './view/icons.ts';
import type { ParleyQuestion } from './view/parley-question.ts';
import { wordsOf } from './view/parley-transcript.ts';
import { wordsOfRefusal } from './view/repertoire.ts';
import { sharedStyles } from './view/shared.styles.ts';
import { plainOf } from './view/spans.ts';

const NOTHING: readonly Utterance[] = [];

/**
 * A conversation on a page.
 *
 *     <parley-chat flow="welcome" relay="https://relay.example.com" name="Tarn & Tor"></parley-chat>
 *
 * @attr {string} flow - id of the flow
 * @attr {string} relay - address of the relay; by default where this script came from. It cannot change once the element is
 *   on the page
 * @attr {string} name - whose conversation it is, shown as the title
 * @attr {string} locale - BCP 47 tag of the texts; by default the page's language, then the browser's
 * @attr {string} tags - page tags that the page's own code knows of, with commas between them
 * @attr {boolean} floating - in the corner of the window, full screen on phones, shown while `open`
 * @attr {boolean} open - shown, if floating; an inline one is always open
 *
 * @fires {ParleyOutcomeEvent} parley-outcome - a submission was settled, or has to wait
 * @fires {ParleyHandoffEvent} parley-handoff - the visitor took an offer that the page is to answer
 * @fires {ParleyErrorEvent} parley-error - storage failed, or submissions were given up
 * @fires {ParleyCloseEvent} parley-close - the visitor closed the floating chat
 *
 * @cssprop [--parley-accent=#2f5fb3] - the visitor's bubbles and the buttons
 * @cssprop [--parley-on-accent=#fff] - text on the accent
 * @cssprop [--parley-font=system-ui, sans-serif] - font family
 */
export class ParleyChat extends LitElement {
  static override styles = [sharedStyles, chatStyles];
  static override properties = {
    flow: {},
    relay: {},
    name: {},
    locale: {},
    tags: {},
    floating: { type: Boolean, reflect: true },
    open: { type: Boolean, reflect: true },
  };

  declare flow: string;
  declare relay: string;
  declare name: string;
  declare locale: string;
  declare tags: string;
  declare floating: boolean;
  declare open: boolean;

  #conversation: Conversation | undefined;
  #isConnecting = false;
  /** The visitor is writing here: the next thing to do takes the focus. */
  #holdsFocus = false;
  /** What was read aloud, apart from the transcript, and out of what. */
  #news: unknown = nothing;
  #heard = NOTHING;

  constructor() {
    super();
    this.flow = '';
    // This module lies in a folder of the relay's.
    this.relay = new URL('..', import.meta.url).href;
    this.name = '';
    this.locale = '';
    this.tags = '';
    this.floating = false;
    this.open = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#connect();
  }

  /** Where the visitor goes on: the question's field where a keyboard is at hand, else the chat itself. */
  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>('section')?.focus(options);
    // On a phone the field would bring up the keyboard, over what there is to read.
    this.#holdsFocus = !matchMedia('(pointer: coarse)').matches;
    this.requestUpdate();
  }

  /** Adds page tags, as if the page had shown them now: a list, or a text with commas between them. */
  setTags(tags: string | readonly string[]): void {
    tellTags(tags);
  }

  protected override render() {
    return html`
      <section
        tabindex="-1"
        lang="en"
        role=${this.floating ? 'dialog' : 'region'}
        aria-label=${this.name || en.title}
        @keydown=${this.#handleKeydown}
      >
        <div class="top">
          <h2>${this.name || en.title}</h2>
          ${
            this.floating
              ? html`<button class="round" aria-label=${en.close} @click=${this.#close}>${closeIcon}</button>`
              : nothing
          }
        </div>
        ${this.#renderConversation()}
      </section>
    `;
  }

  #renderConversation() {
    const conversation = this.#conversation;
    if (conversation?.status === 'failed') {
      return html`<div class="notice" role="alert">
        <p>${en.failed}</p>
        <button class="pill" @click=${this.#retry}>${en.retry}</button>
      </div>`;
    }
    const { question, transcript = [], locale = '' } = conversation ?? {};
    return html`
      <parley-transcript
        tabindex="0"
        aria-label=${en.transcript}
        role="region"
        lang=${locale}
        .utterances=${transcript}
        .isWriting=${conversation?.status === 'loading' || conversation?.isAwaitingVerdict === true}
        .locale=${this.#language}
        .notice=${conversation?.hasChanged ? en.changed : ''}
        @correct=${this.#handleCorrect}
      ></parley-transcript>
      <p class="hidden" aria-live="polite" lang=${locale}>${this.#news}</p>
      <p class="waiting" role="status">${conversation?.isWaiting ? en.waiting : nothing}</p>
      ${
        question
          ? html`<parley-question
              lang=${locale}
              .ask=${question}
              .turn=${transcript.length}
              .label=${plainOf(conversation?.questionContent ?? [])}
              .previous=${conversation?.previous}
              .mayKeep=${conversation?.mayKeep === true}
              .refusal=${conversation?.refusal}
              .problem=${this.#problem()}
              .locale=${this.#language}
              @answer=${this.#handleAnswer}
            ></parley-question>`
          : nothing
      }
      ${
        conversation?.isOver
          ? html`<p class="over"><button class="pill" @click=${this.#restart}>${en.restart}</button></p>`
          : nothing
      }
    `;
  }

  protected override willUpdate(): void {
    const { transcript = NOTHING } = this.#conversation ?? {};
    if (transcript !== this.#heard) this.#hear(transcript);
  }

  protected override update(changed: PropertyValues<this>): void {
    const root = this.renderRoot as ShadowRoot;
    const focused = root.activeElement;
    super.update(changed);
    // What had the focus may have gone. Then the keyboard is still here, and Escape closes.
    if (focused?.isConnected === false) root.querySelector('section')?.focus({ preventScroll: true });
  }

  protected override updated(changed: PropertyValues<this>): void {
    // A framework may set the flow after it has put the element on the page, and another one later.
    if (changed.has('flow') || changed.has('open')) this.#beginIfDue(changed.has('flow'));
    const conversation = this.#conversation;
    if (!this.#holdsFocus || conversation?.isAwaitingVerdict) return;
    if (conversation?.question || conversation?.isOver) {
      this.#holdsFocus = false;
      if (this.#mayTakeFocus) void this.#refocus();
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
    const relay = this.relay.replace(/\/$/, '');
    const ports = createBrowserPorts(relay, (error) => {
      this.dispatchEvent(new ParleyErrorEvent('storage', String(error)));
    });
    if (this.tags) this.setTags(this.tags);
    this.#conversation = new Conversation(this, ports);
    this.#beginIfDue(true);
  }

  #beginIfDue(isAnother: boolean): void {
    const isShown = this.open || !this.floating;
    if (this.flow && isShown && (isAnother || this.#conversation?.status === 'idle')) void this.#begin();
  }

  readonly #begin = (): Promise<void> | undefined => this.#conversation?.begin(this.flow, this.#locale);

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

  /** Why the last answer was not taken, in the flow's own words where it has some. */
  #problem(): string {
    const { refusal, refusalText } = this.#conversation ?? {};
    return refusal ? (refusalText ?? wordsOfRefusal(refusal, this.#language)) : '';
  }

  /** The question's own field. At the end there is none: what comes next is the visitor's choice. */
  async #refocus(): Promise<void> {
    const question: ParleyQuestion | null = this.renderRoot.querySelector('parley-question');
    await question?.updateComplete;
    (question ?? this.renderRoot.querySelector('section'))?.focus();
  }

  /** Reads aloud what was not there before and has not been answered yet. */
  #hear(transcript: readonly Utterance[]): void {
    const read = (utterance: Utterance) => wordsOf(utterance, this.#language);
    const heard = this.#heard.map(read);
    this.#heard = transcript;
    const last = transcript.findLastIndex(({ from }) => from === 'visitor');
    const said = transcript.map(read);
    const unheard = said.filter((words, index) => {
      const before = heard.indexOf(words);
      if (before >= 0) heard.splice(before, 1);
      return before < 0 && index > last;
    });
    // After a correction that changed nothing else the visitor is where they were.
    const news = unheard.length > 0 || heard.length === 0 ? unheard : said.slice(last + 1).slice(-1);
    // In an element of its own: the same words are read again.
    if (news.length > 0) this.#news = keyed(transcript, html`<span>${news.join(' ')}</span>`);
  }

  #handleAnswer(event: CustomEvent<unknown>): void {
    void this.#focusAfter(this.#conversation?.answer(event.detail));
  }

  #handleCorrect(event: CustomEvent<string>): void {
    void this.#focusAfter(this.#conversation?.correct(event.detail));
  }

  /** Not before: an update for another reason would give the focus to what is about to go. */
  async #focusAfter(step: Promise<void> | undefined): Promise<void> {
    await step;
    this.#holdsFocus = true;
    this.requestUpdate();
  }

  #handleKeydown(event: KeyboardEvent): void {
    // A page's shortcuts of one key spare its own fields; of ours it sees only the element.
    event.stopPropagation();
    if (event.key === 'Escape' && this.floating && !event.isComposing) this.#close();
  }

  readonly #close = () => {
    this.open = false;
    this.dispatchEvent(new ParleyCloseEvent());
  };

  readonly #retry = () => {
    void this.#focusAfter(this.#begin());
  };

  readonly #restart = () => {
    this.#heard = NOTHING;
    void this.#focusAfter(this.#conversation?.restart());
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-chat': ParleyChat;
  }
}
