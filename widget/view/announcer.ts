import { html, nothing } from 'lit';
import type { Utterance } from '../flow/transcript.ts';
import type { Words } from '../locale/words.ts';
import { anew } from './anew.ts';
import { wordsOf } from './transcript.ts';

/** What is read aloud of a transcript, apart from it: a live region over all of it would read again what was said long ago. */
export interface Announcer {
  /**
   * @param transcript undefined while the chat is hidden
   * @returns what was not there before and has not been answered yet, in an element of its own: the same words are read again
   */
  hear(transcript: readonly Utterance[] | undefined, words: Words, locale: string | undefined): unknown;
  /** Another conversation begins, or none any more. */
  forget(): void;
}

const NOTHING: readonly Utterance[] = [];

/** Milliseconds that a live region is shown empty: many screen readers do not read what comes into sight together with it. */
const EMPTY = 100;

/** @param update renders anew what `hear` returns */
export function createAnnouncer(update: () => void): Announcer {
  let heard = NOTHING;
  let news: unknown = nothing;
  let readings = 0;
  let isOpen = true;
  let isAnother = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    hear(transcript, words, locale) {
      if (!transcript) {
        isOpen = false;
        // It was read before the chat was hidden.
        return (news = nothing);
      }
      if (!isOpen) {
        clearTimeout(timer);
        timer = setTimeout(() => {
          isOpen = true;
          update();
        }, EMPTY);
        return news;
      }
      if (transcript === heard) return news;
      const read = (utterance: Utterance) => wordsOf(utterance, locale, words);
      // Until the new conversation is there the old one is rendered once more.
      const before = isAnother ? [] : heard.map(read);
      isAnother = false;
      heard = transcript;
      const last = transcript.findLastIndex(({ from }) => from === 'visitor');
      const said = transcript.map(read);
      const unheard = said.filter((each, index) => {
        const place = before.indexOf(each);
        if (place >= 0) before.splice(place, 1);
        return place < 0 && index > last;
      });
      // After a correction that changed nothing else the visitor is where they were.
      const isLess = unheard.length === 0 && before.length > 0;
      const told = isLess ? said.slice(last + 1).slice(-1) : unheard;
      if (told.length > 0) news = anew((readings += 1), html`<span>${told.join(' ')}</span>`);
      return news;
    },
    forget() {
      isAnother = true;
      clearTimeout(timer);
    },
  };
}
