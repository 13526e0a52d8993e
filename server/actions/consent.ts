/** What all actions have in common that write subscriptions: no consent, no subscription. */
import * as v from 'valibot';
import type { EventMapping } from '../braze/payload.ts';
import type { Standing } from '../braze/subscriptions.ts';
import { eventNameProblem } from '../braze/checks.ts';
import type { Draft } from '../flows/lint/draft.ts';
import type { Fields } from '../flows/lint/fields.ts';
import { finding, type Finding, type Path } from '../flows/lint/finding.ts';
import { name, optional } from '../flows/schema-parts.ts';
import type { Asked, PlacedTemplate } from './action.ts';

export interface ConsentMapping {
  /** Field of the question by which it is given. */
  readonly consent: string;
  /** Name of the event that shows it. */
  readonly event: string;
  /** Name of the one that is written instead of states where the brand's backend does not vouch for the visitor: it enters a double opt-in Canvas. */
  readonly opt_in_event?: string;
}

export interface ConsentProof {
  readonly consent: boolean;
  /**
   * What they were asked, as the flow has it, without markup, and the first 255 characters of it (Braze keeps no more of a property). Absent, as
   * its revision, where the relay does not have that revision of the flow any more.
   */
  readonly text?: string;
  /** Another for every other wording, in whichever locale, of the question and of its two buttons. Base 36. */
  readonly text_revision?: string;
  /** BCP 47 tag of what they were shown. */
  readonly locale: string;
  /** When it was told: ISO 8601 in UTC. */
  readonly given_at: string;
  readonly flow: string;
  /** Of the flow that they saw. */
  readonly flow_revision: string;
  /** The question's node. */
  readonly node?: string;
}

/** Names of its properties, each filled from `proof`. */
const PROOF = {
  consent: '{{proof.consent}}',
  text: '{{proof.text}}',
  text_revision: '{{proof.text_revision}}',
  locale: '{{proof.locale}}',
  given_at: '{{proof.given_at}}',
  flow: '{{proof.flow}}',
  flow_revision: '{{proof.flow_revision}}',
  node: '{{proof.node}}',
} as const;

const EVENT = 'should be the name of an event, such as "letter_consent"';

const eventName = v.pipe(
  v.string(EVENT),
  v.check((text) => !text.includes('{{'), 'is a name, in which no template is filled'),
  v.check(
    (text) => eventNameProblem(text) === undefined,
    ({ input }) => eventNameProblem(input) ?? '',
  ),
);

export const consentEntries = {
  consent: v.pipe(name, v.description('Field of the "consent" question whose yes it takes.')),
  event: v.pipe(
    eventName,
    v.description('Name of the event that shows the consent: its words, their revision, locale and time.'),
  ),
  opt_in_event: optional(
    eventName,
    'Name of the event for who is not signed in: it enters the Canvas that asks the address itself (double opt-in). No state is written for them.',
  ),
};

/** So that it counts as reading the answer. @param at where the consent's field stands from the node on */
export const consentTemplate = ({ consent }: Draft<ConsentMapping>, at: Path): readonly PlacedTemplate[] =>
  consent === undefined ? [] : [{ path: [...at, 'consent'], value: `{{answers.${consent}}}` }];

/**
 * @param at where the mapping stands
 * @param isForAddress whether states are written that an address has, and not a number alone that Braze asks itself
 */
export function checkConsent(
  { consent, opt_in_event: optIn }: Draft<ConsentMapping>,
  at: Path,
  fields: Fields,
  isForAddress: boolean,
): readonly Finding[] {
  const asked = consent === undefined ? [] : (fields.get(consent) ?? []);
  const path = [...at, 'consent'];
  const other = asked.find(({ ask }) => ask.input !== undefined && ask.input !== 'consent');
  const storage = asked.find(({ ask }) => 'purpose' in ask && ask.purpose === 'storage');
  const should = 'should be the field of a question with the input "consent"';
  return [
    ...(other
      ? [
          finding(
            'no-consent',
            path,
            `${should}, and "${other.id}" asks for "${consent ?? ''}" as "${other.ask.input ?? ''}"`,
          ),
        ]
      : []),
    ...(storage
      ? [
          finding(
            'no-consent',
            path,
            `${should} that is about this; "${storage.id}" asks whether anything may be kept`,
          ),
        ]
      : []),
    ...(asked.length > 1
      ? [
          finding(
            'no-consent',
            path,
            `is asked by ${asked.length} questions, and the proof would not know in which words; ask for it once`,
          ),
        ]
      : []),
    ...(isForAddress && optIn === undefined
      ? [
          finding(
            'no-consent',
            at,
            'should have an "opt_in_event": for an address that a stranger has typed no state is written, and that event enters a double opt-in Canvas instead',
          ),
        ]
      : []),
  ];
}

export interface Consented extends Standing {
  /** What is written of it beside states. */
  readonly events: readonly EventMapping[];
  /** What the properties of these are filled from. */
  readonly proof: ConsentProof;
}

/** @param isForAddress as `checkConsent` has it */
export function consentedIn(
  { consent, event, opt_in_event: optIn = event }: ConsentMapping,
  asked: Asked,
  isForAddress: boolean,
): Consented {
  const isGiven = asked.submission.answers[consent] === true;
  const { consentBefore: before } = asked;
  const mayWrite = mayWriteStates(asked);
  const eventName = isGiven && isForAddress && !mayWrite ? optIn : event;
  return {
    isGiven,
    wasWritten: before?.isWritten ?? false,
    mayWrite,
    proof: asked.proofOf(consent, isGiven),
    events:
      isGiven || before
        ? // Given anew, or taken back, it is another event than the one that Braze has. A no is told with each correction: rather twice than not.
          [{ name: eventName, properties: PROOF, repeat: !(isGiven && before?.isGiven) }]
        : [],
  };
}

/** For others it is asked at the address itself. */
export const mayWriteStates = ({
  isVerified,
  unverified,
}: Pick<Asked, 'isVerified' | 'unverified'>): boolean => isVerified || unverified.includes('subscribe');
