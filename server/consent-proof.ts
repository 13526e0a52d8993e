/**
 * What shows later that a visitor has agreed, to what, and when: whoever writes to them has to be able to (GDPR, article 7(1)). It is written as
 * the properties of an event.
 */
import type { AskNode, Flow } from '../widget/contract/flow.ts';
import { parseMarkup } from '../widget/flow/markup.ts';
import { hashOf } from '../widget/flow/hash.ts';
import type { Asked } from './actions/action.ts';
import type { ConsentProof } from './actions/consent.ts';
import { MAX_CHARACTERS } from './braze/limits.ts';
import { plainText } from './flows/plain.ts';
import { DEFAULT_LOCALE, readerOf } from './flows/publish.ts';

/** @param field that of the question, which lint has made sure is one */
export function proofOf(
  field: string,
  isGiven: boolean,
  { submission, flow, revision }: Pick<Asked, 'submission' | 'flow' | 'revision'>,
): ConsentProof {
  const { locale, read } = readerOf(flow, submission.locale ?? flow.locale ?? DEFAULT_LOCALE);
  const [node, ask] = Object.entries(flow.nodes).find(isAskOf(field)) ?? [];
  const isSame = revision === submission.revision;
  const words = isSame && ask && [ask.text, ask.yes ?? '', ask.no ?? ''].map(read);
  return {
    consent: isGiven,
    ...(words && {
      text: plainText(parseMarkup(words[0] ?? '')).slice(0, MAX_CHARACTERS),
      text_revision: hashOf(words.join('\n')).toString(36),
    }),
    locale,
    given_at: submission.time,
    flow: flow.id,
    flow_revision: submission.revision,
    ...(node !== undefined && { node }),
  };
}

type ConsentAsk = Extract<AskNode, { readonly input: 'consent' }>;

const isAskOf =
  (field: string) =>
  (entry: [string, Flow['nodes'][string]]): entry is [string, ConsentAsk] =>
    entry[1].type === 'ask' && entry[1].input === 'consent' && entry[1].field === field;
