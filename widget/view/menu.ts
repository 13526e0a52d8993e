/** What else can be done with the conversation: fetched when the visitor asks for it. */
import { html, nothing, type LitElement } from 'lit';
import type { Utterance } from '../flow/transcript.ts';
import type { AllWords, Locale } from '../locale/words.ts';
import { css, laterSheets } from './css.ts';
import { wordsOf } from './transcript.ts';

export interface Menu {
  readonly isOpen: boolean;
  /** While the words for it cannot be had it stays closed. Its first button has the focus once it is open. */
  toggle(loading: Promise<Locale> | undefined): Promise<void>;
  /**
   * @param transcript what has been said, to be copied
   * @param locale BCP 47 tag by which dates and numbers are written
   */
  render(transcript: readonly Utterance[], locale: string | undefined): unknown;
}

laterSheets.push(css`
  .menu {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    padding: 8px 12px;
    border-block-end: 1px solid var(--_line);
  }
  .menu p {
    flex-basis: 100%;
    margin: 0 8px;
    font-size: 14px;
    color: var(--_muted);
  }
  .menu p:empty {
    display: none;
  }
`);

/** @param chat whose menu it is: it is rendered anew, and its button has the focus again, when the menu is closed by the keyboard */
export function createMenu(chat: LitElement & { readonly name: string }, restart: () => void): Menu {
  let words: AllWords | undefined;
  let isOpen = false;
  let note = '';
  const show = (isShown: boolean) => {
    isOpen = isShown;
    note = '';
    chat.requestUpdate();
  };
  const begin = () => {
    show(false);
    restart();
  };
  const copy = async (words: AllWords, transcript: readonly Utterance[], locale: string | undefined) => {
    const { copied, notCopied, brandSays, visitorSays } = words;
    const brand = chat.name ? `${chat.name}:` : brandSays;
    const lines = transcript.map(
      (utterance) =>
        `${utterance.from === 'brand' ? brand : visitorSays} ${wordsOf(utterance, locale, words)}`,
    );
    // A page that is not secure has no clipboard, and the visitor may refuse it.
    note = await Promise.resolve()
      .then(() => navigator.clipboard.writeText(lines.join('\n')))
      .then(
        () => copied,
        () => notCopied,
      );
    chat.requestUpdate();
  };
  const handleKeydown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    // It closes this, and not the chat.
    event.stopPropagation();
    show(false);
    chat.renderRoot.querySelector<HTMLElement>('.more')?.focus();
  };
  const handleFocusout = ({ currentTarget, relatedTarget }: FocusEvent) => {
    const isWithin = (currentTarget as Element).contains(relatedTarget as Node | null);
    if (relatedTarget && !isWithin && !(relatedTarget as Element).matches('.more')) show(false);
  };
  return {
    get isOpen() {
      return isOpen;
    },
    async toggle(loading) {
      const before = chat.shadowRoot?.activeElement;
      const all = await loading?.then((own) => own.all()).catch(() => undefined);
      words = all?.words;
      show(!isOpen && words !== undefined);
      await chat.updateComplete;
      // Whoever has gone on meanwhile stays where they are.
      if (chat.shadowRoot?.activeElement === before)
        chat.renderRoot.querySelector<HTMLElement>('.menu button')?.focus();
    },
    render(transcript, locale) {
      const said = words;
      return isOpen && said
        ? html`<div class="menu" part="menu" @keydown=${handleKeydown} @focusout=${handleFocusout}>
            <button class="pill" @click=${begin}>${said.restart}</button>
            <button class="pill" @click=${() => void copy(said, transcript, locale)}>${said.copy}</button>
            <p role="status">${note || nothing}</p>
          </div>`
        : nothing;
    },
  };
}
