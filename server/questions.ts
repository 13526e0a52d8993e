/**
 * What a browser asks the relay to decide, and what writes nothing: a branch that reads what only the relay knows, and an action that reads a
 * profile. Nobody waits for it longer than the deadline, and nothing of it is stored but what the flow keeps.
 */
import type { ActionNode, BranchNode, FlowNode } from '../widget/contract/flow.ts';
import type { Receipt } from '../widget/contract/wire.ts';
import { holds } from '../widget/flow/condition.ts';
import { pathsOf } from '../widget/flow/condition-check.ts';
import { calledBy } from './actions/find.ts';
import type { ProfileNode } from './actions/users-export-ids.ts';
import type { RelayConfig } from './config.ts';
import { readAnswer } from './delivery/calls.ts';
import type { Entered } from './entering.ts';
import { outcomesOf } from './flows/outcomes.ts';
import { profileFieldsOf } from './flows/relay-branch.ts';
import type { Session } from './identity/credentials.ts';
import type { Ports } from './ports.ts';
import type { NotNow, ProfileRead } from './profile-reading.ts';
import { keptFor, type Remembered, type Remembering } from './remembering.ts';
import { contextOf, isQuestion, type AdmittedQuestion } from './submissions.ts';

export interface Questions {
  /**
   * Where it leads. Answers within the deadline whatever Braze does.
   * @throws {StoreError} where what is to be kept could not be
   */
  answer(
    question: AdmittedQuestion,
    session: Session,
    circumstances: QuestionCircumstances,
  ): Promise<Receipt>;
}

export interface QuestionCircumstances {
  readonly entered: Entered | undefined;
  readonly remembered: Remembered;
  /** When its request came: milliseconds since 1970. From then on the visitor waits. */
  readonly askedAt: number;
}

interface NotVerified {
  readonly type: 'not_now';
  readonly reason: 'not_verified' | NotNow;
}

export function createQuestions(
  { deadline }: Pick<RelayConfig, 'deadline'>,
  remembering: Pick<Remembering, 'remember'>,
  {
    clock,
    findFlow,
    log,
    metrics,
    profiles,
  }: Pick<Ports, 'clock' | 'findFlow' | 'log' | 'metrics' | 'profiles'>,
): Questions {
  /** Of nobody but whom the brand's backend vouches for now: to read takes more than to write. */
  const read = async (
    { environment, site, externalId, isVerified }: Session,
    fields: readonly string[],
    askedAt: number,
  ): Promise<ProfileRead | NotVerified> => {
    if (!isVerified || externalId === undefined) return { type: 'not_now', reason: 'not_verified' };
    // The clock may have been set back since.
    const left = Math.min(deadline, Math.max(0, askedAt + deadline - clock()));
    return profiles().read({ environment, site, externalId }, fields, left);
  };

  /**
   * A browser may ask by a revision of before, whoever is at it: of a profile it hears what the flow of today reveals, too, and no more.
   */
  const revealedNow = async (
    { flow: { id }, revision }: AdmittedQuestion,
    { keep = {}, reveal = [] }: ActionNode,
  ): Promise<readonly string[]> => {
    const present = await findFlow(id);
    if (present?.revision === revision) return reveal;
    const paths = new Set(Object.values(present?.flow.nodes ?? {}).flatMap(revealedPathsOf));
    return reveal.filter((name) => paths.has(keep[name] ?? ''));
  };

  const tell = (question: AdmittedQuestion, { environment }: Session, outcome: string) => {
    const { id } = question.submission;
    log({ level: 'info', event: 'question_answered', submission: id, environment, outcome });
    metrics.asked(environment, outcome);
  };

  const decide = async (
    branch: BranchNode,
    question: AdmittedQuestion,
    session: Session,
    { entered, remembered, askedAt }: QuestionCircumstances,
  ): Promise<Receipt> => {
    const { submission, flow } = question;
    const kept = keptFor(remembered, session.isVerified ? session.externalId : undefined);
    const context = contextOf(submission, entered, { kept });
    const found = readsProfile(branch) ? await read(session, profileFieldsOf(flow), askedAt) : undefined;
    const { id } = submission;
    if (found && found.type !== 'found') {
      tell(question, session, found.type === 'not_now' ? found.reason : found.type);
      return { id, outcome: found.type === 'unknown' ? 'success' : 'error', next: branch.else };
    }
    const known = found ? { ...context, profile: found.profile } : context;
    const next = branch.cases.find(({ when }) => holds(when, known))?.next ?? branch.else;
    tell(question, session, 'decided');
    return { id, outcome: 'success', next };
  };

  const ask = async (
    action: ActionNode & ProfileNode,
    question: AdmittedQuestion,
    session: Session,
    { askedAt }: QuestionCircumstances,
  ): Promise<Receipt> => {
    const { submission } = question;
    const { id } = submission;
    const { keep, on } = action;
    const reveal = await revealedNow(question, action);
    const found = await read(session, topFieldsOf(action), askedAt);
    tell(question, session, found.type === 'not_now' ? found.reason : found.type);
    if (found.type === 'not_now') return { id, outcome: 'error', next: on.error };
    // Of whom nothing is known nothing holds, not even that something is not there.
    if (found.type === 'unknown') return { id, outcome: 'success', next: on.success };
    const asked = { outcomes: outcomesOf(action), ...(keep && { keep }), reveal };
    const { kept, next = on.success, values } = readAnswer(asked, found.profile);
    // Nobody without one is read.
    const { externalId = '' } = session;
    const keptOf = Object.fromEntries(Object.keys(kept).map((name) => [name, externalId]));
    if (Object.keys(kept).length > 0) await remembering.remember({ ...session, id }, { kept, keptOf });
    return { id, outcome: 'success', next, ...(values && { values }) };
  };

  return {
    answer(question, session, circumstances) {
      const { asks } = question;
      if (asks.type === 'branch') return decide(asks, question, session, circumstances);
      return ask(asks as ActionNode & ProfileNode, question, session, circumstances);
    },
  };
}

const readsProfile = ({ cases }: BranchNode): boolean =>
  cases.some(({ when }) => pathsOf(when).some(({ reads }) => reads.split('.')[0] === 'profile'));

function revealedPathsOf(node: FlowNode): readonly string[] {
  if (node.type !== 'action' || !isQuestion(calledBy(node))) return [];
  const { keep = {}, reveal = [] } = node;
  return reveal.map((name) => keep[name] ?? '');
}

/** By the names of the export, of which `custom_attributes` is one. */
const topFieldsOf = ({ fields }: ProfileNode): readonly string[] =>
  [...new Set(fields.map((field) => field.split('.')[0] ?? ''))].sort();
