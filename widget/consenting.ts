/**
 * What only pages need that have their visitors asked, and visitors who refuse: fetched then. The rules of consent, over this browser's
 * storage, with the consent tools of the page and the widget's own question.
 */
import type { AskNode } from './contract/flow.ts';
import type { ConsentSettings } from './contract/site.ts';
import type { Utterance } from './flow/transcript.ts';
import type { ConsentWords } from './locale/words.ts';
import { createConsent, type Consent, type ConsentMode } from './page/consent.ts';
import { forgetTraces, GRANTED } from './wake.ts';

/** A question of the widget's, put when something that the visitor said is to be sent and nobody knows yet whether it may. */
export interface ConsentQuestion {
  readonly ask: AskNode<string> & { readonly input: 'choice' };
  readonly utterance: Utterance;
  /** The answer that grants it. */
  readonly yes: string;
}

export interface Consenting extends Consent {
  /** The same one for the same words: who shows it can tell by that. None without words. */
  readonly question: (words: ConsentWords | undefined) => ConsentQuestion | undefined;
  /** Listens to the consent tools that the site names, once. */
  readonly heed: (settings: ConsentSettings | undefined) => Promise<void>;
  /** Leaves them, until they are heeded again. */
  readonly leave: () => void;
}

const questions = new WeakMap<ConsentWords, ConsentQuestion>();

function questionIn(words: ConsentWords): ConsentQuestion {
  const { text, yes, no } = words;
  const question: ConsentQuestion = questions.get(words) ?? {
    ask: {
      type: 'ask',
      field: '',
      input: 'choice',
      text,
      options: [
        { value: 'yes', text: yes },
        { value: 'no', text: no },
      ],
      next: '',
    },
    yes: 'yes',
    utterance: { from: 'brand', node: '', bubble: { content: [text] } },
  };
  questions.set(words, question);
  return question;
}

const MODES: readonly string[] = ['none-needed', 'required', 'denied'];

/**
 * @param attribute `data-consent` of the script, `consent` of the element. Where it is empty, none is needed; a word that nobody knows is
 * taken the careful way, as `required`, and told of
 */
export function readConsentMode(attribute: string): ConsentMode {
  const mode = attribute.trim().toLowerCase() || 'none-needed';
  if (MODES.includes(mode)) return mode as ConsentMode;
  console.warn(`Parley: consent "${mode}" is unknown: taken as "required".`);
  return 'required';
}

/** @param mode as the page has it; empty: none is needed */
export function createConsenting(mode: string): Consenting {
  const consent = createConsent(readConsentMode(mode), {
    isOptedOut: () => Reflect.get(navigator, 'globalPrivacyControl') === true,
    remembered: () => localStorage.getItem(GRANTED) !== null,
    remember(isGranted) {
      if (isGranted) localStorage.setItem(GRANTED, '1');
      else forgetTraces();
    },
  });
  const heard = new Map<string, boolean | undefined>();

  /** Of several tools all have to grant it, and each can take it back. */
  const hearFrom = (tool: string) => {
    // Where it was left before, it says again what it has said.
    heard.set(tool, heard.get(tool));
    return (isGranted: boolean) => {
      if (heard.get(tool) === isGranted) return;
      heard.set(tool, isGranted);
      const all = [...heard.values()];
      if (!isGranted || all.every(Boolean)) consent.set(isGranted, 'page');
    };
  };

  let heeding: Promise<void> | undefined;
  let disconnects: (() => void)[] = [];
  const connect = async ({ google, tcf }: ConsentSettings): Promise<void> => {
    const hearGoogle = google && hearFrom('google');
    const hearTcf = tcf && hearFrom('tcf');
    const mine = disconnects;
    /** They may have been left meanwhile. */
    const keep = (begin: () => () => void) => mine === disconnects && mine.push(begin());
    await Promise.all([
      hearGoogle &&
        import('./page/consent-google.ts').then(({ connectGoogleConsent }) =>
          keep(() => connectGoogleConsent(google, hearGoogle)),
        ),
      hearTcf &&
        import('./page/consent-tcf.ts').then(({ connectTcf }) => keep(() => connectTcf(tcf, hearTcf))),
    ]);
  };

  return {
    ...consent,
    question: (words) => words && questionIn(words),
    // Without its tools a page has said nothing: what it asks to wait for waits.
    heed: async (settings) => settings && (heeding ??= connect(settings).catch(() => (heeding = undefined))),
    leave() {
      heeding = undefined;
      for (const disconnect of disconnects) disconnect();
      disconnects = [];
    },
  };
}
