/**
 * A conversation with a flow, typed line by line: the real core, the real mapping, and whoever types in the place of the relay.
 * `(simulation, line) -> simulation and lines to print`; nothing is read, printed or sent here.
 */
import type {
  ActionNode,
  AskNode,
  BranchNode,
  Outcome,
  PublishedActionNode,
  PublishedFlow,
} from '../../../widget/contract/flow.ts';
import type { Submission } from '../../../widget/contract/wire.ts';
import { localDateOf } from '../../../widget/flow/calendar.ts';
import { LANGUAGE } from '../../../widget/flow/language.ts';
import { acceptAnswer } from '../../../widget/flow/answer.ts';
import {
  askOf,
  isOver,
  nodeOf,
  previousOf,
  questionOf,
  type Snapshot,
} from '../../../widget/flow/snapshot.ts';
import { fillText } from '../../../widget/flow/template.ts';
import { lastCorrectable, startConversation, transition } from '../../../widget/flow/transition.ts';
import { routeOf, type Verdict } from '../../../widget/flow/verdict.ts';
import { furtherOf, type Happening, type Surroundings, type Transition } from '../../../widget/flow/walk.ts';
import type { Built } from '../../actions/action.ts';
import { mayWriteStates } from '../../actions/consent.ts';
import { calledBy } from '../../actions/find.ts';
import { proofOf } from '../../consent-proof.ts';
import { callOfJoin, joinBodyOf } from '../../braze/join-request.ts';
import {
  bodyOf,
  isEmpty,
  withoutAccepted,
  type EventKey,
  type Profile,
  type ProfileId,
  type TrackShare,
} from '../../braze/payload.ts';
import type { Unverified } from '../../identity/unverified.ts';
import { contextOf } from '../../submissions.ts';
import { outcomesOf } from '../outcomes.ts';
import { publishFlow } from '../publish.ts';
import type { LoadedFlow } from '../shelf.ts';
import { answerWords, hintsOf, readAnswer, refusalWords } from './answering.ts';
import { dataLines, hint, line, note, type Line } from './line.ts';
import { ownerOf, tell } from './telling.ts';

/** A conversation in which nothing is drawn is the same each time. */
const CONVERSATION = '00000000-0000-7000-8000-000000000000';

/** Name of the alias in what the relay would write. */
const VISITOR = 'simulated-visitor';

export interface Settings {
  /** BCP 47 tag, as a browser would ask for it. */
  readonly locale: string;
  readonly seed: string;
  readonly surroundings: Surroundings;
  /** Of whom the brand's backend vouches for. */
  readonly externalId?: string;
  /** What the site lets visitors do of whom nobody vouches. */
  readonly unverified?: Unverified;
}

/** What an action has asked for, and what Braze has of it. */
interface Sent {
  readonly submission: Submission;
  /** What the relay would send. */
  readonly built: Built;
  /** The action's events that Braze has, also from what this submission corrects. */
  readonly accepted: readonly EventKey[];
}

export interface Simulation {
  readonly settings: Settings;
  readonly loaded: LoadedFlow;
  readonly flow: PublishedFlow;
  readonly snapshot: Snapshot;
  /** By the submission's id. */
  readonly sent: ReadonlyMap<string, Sent>;
}

export interface Step {
  readonly simulation: Simulation;
  readonly lines: readonly Line[];
  /** Why the typed line was not taken. */
  readonly problem?: string;
  /** What only the terminal can do. */
  readonly wants?: 'reload' | 'quit';
}

/** @param time ISO 8601 in UTC */
export function startSimulation(loaded: LoadedFlow, settings: Settings, time: string): Step {
  const flow = publishFlow(loaded, settings.locale);
  const { surroundings, seed } = settings;
  const started = startConversation(
    flow,
    { conversation: CONVERSATION, seed },
    { time, surroundings, language: LANGUAGE },
  );
  const simulation = { settings, loaded, flow, snapshot: started[0], sent: new Map<string, Sent>() };
  return follow(simulation, started, 0, time);
}

/** Goes on under what is in the file now. */
export function reloadSimulation(simulation: Simulation, loaded: LoadedFlow, time: string): Step {
  const { settings, snapshot } = simulation;
  if (loaded.revision === simulation.loaded.revision) return say(simulation, note('The file is as it was.'));
  const flow = publishFlow(loaded, settings.locale);
  const happening = { time, surroundings: settings.surroundings, language: LANGUAGE };
  const resumed = transition(flow, snapshot, { ...happening, type: 'resume' });
  const step = follow({ ...simulation, loaded, flow }, resumed, 0, time);
  const words = `Revision ${loaded.revision}: the way is walked again from its start, with the answers given.`;
  return { ...step, lines: [note(words), ...step.lines] };
}

export function isSimulationOver({ flow, snapshot }: Simulation): boolean {
  return isOver(flow, snapshot);
}

/** What is waited for, for those who have nothing more to type. */
export function expectedOf({ snapshot }: Simulation): string {
  return snapshot.awaiting === undefined
    ? `an answer to "${snapshot.node}"`
    : `the outcome of "${snapshot.node}"`;
}

/**
 * @param typed an answer, the outcome of an action, or a request such as `/back`. A backslash before a first `/`, `#`, `!` or
 *   backslash makes an answer of it
 * @param time ISO 8601 in UTC
 */
export function takeLine(simulation: Simulation, typed: string, time: string): Step {
  const { flow, snapshot } = simulation;
  if (typed.startsWith('/')) return takeRequest(simulation, typed.slice(1), time);
  const text = typed.replace(/^\\(?=[/#!\\])/, '');
  const ask = questionOf(flow, snapshot);
  if (ask) return takeAnswer(simulation, ask, text, time);
  if (snapshot.awaiting !== undefined) return takeOutcome(simulation, snapshot.awaiting, text.trim(), time);
  if (text.trim() === '') return { simulation, lines: [], wants: 'quit' };
  return refuse(simulation, 'the conversation is over; /back goes back to a question, /quit leaves');
}

function say(simulation: Simulation, ...lines: readonly Line[]): Step {
  return { simulation, lines };
}

function refuse(simulation: Simulation, problem: string, ...lines: readonly Line[]): Step {
  return { simulation, problem, lines: [line('refusal')(problem), ...lines] };
}

function happeningOf({ settings }: Simulation, time: string): Happening {
  return { time, surroundings: settings.surroundings, language: LANGUAGE };
}

/** Takes over what a transition has brought, and tells it from that place of the path on. */
function follow(simulation: Simulation, [snapshot, effects]: Transition, from: number, time: string): Step {
  const sent = new Map(simulation.sent);
  for (const { submission } of effects) sent.set(submission.id, prepare(simulation, submission));
  const next = { ...simulation, snapshot, sent };
  const told = tell(next.flow, snapshot, simulation.settings.surroundings, from);
  return { simulation: next, lines: [...told, ...waitingLines(next, time)] };
}

/** What the relay runs: an action, or a branch that it decides. */
function runOf({ loaded }: Simulation, id: string): ActionNode | BranchNode | undefined {
  const node = Object.hasOwn(loaded.flow.nodes, id) ? loaded.flow.nodes[id] : undefined;
  return node?.type === 'action' || node?.type === 'branch' ? node : undefined;
}

function prepare(simulation: Simulation, submission: Submission): Sent {
  const node = runOf(simulation, submission.node);
  const corrected = simulation.sent.get(submission.corrects ?? '');
  const isOfSame = corrected?.submission.node === submission.node;
  const accepted = isOfSame ? corrected.accepted : [];
  const built: Built = (node?.type === 'action'
    ? build(simulation, node, submission, isOfSame ? corrected.submission : undefined)
    : undefined) ?? { type: 'nothing' };
  if (built.type !== 'share') return { submission, accepted, built };
  return { submission, accepted, built: { ...built, share: withoutAccepted(built.share, accepted) } };
}

/** As for a visitor whose link holds. */
function build(
  simulation: Simulation,
  action: ActionNode,
  submission: Submission,
  corrected: Submission | undefined,
): Built | undefined {
  const { loaded, settings } = simulation;
  const { externalId, unverified = [] } = settings;
  const called = calledBy(action);
  const consent = called?.consentOf?.(action);
  const vouched = { isVerified: externalId !== undefined, unverified };
  const wasGiven = consent !== undefined && corrected?.answers[consent] === true;
  const asked = {
    ...vouched,
    submission,
    flow: loaded.flow,
    context: contextOf(submission, submission.entry),
    revision: loaded.revision,
    consentBefore: wasGiven ? { isGiven: true, isWritten: mayWriteStates(vouched) } : undefined,
    proofOf: (field: string, isGiven: boolean) => proofOf(field, isGiven, { ...loaded, submission }),
  };
  const builtFor = (profile: Profile) => called?.build(action, { ...asked, profile });
  const built = builtFor(profileOf(externalId));
  const joined = joinedTo(simulation);
  if (joined === undefined) return built;
  // As `identity/profiles.ts` has it: who has said who they are may say so again, and an id is not given up for an address.
  const isAnother = built?.type === 'join' && !('email' in built.to && 'external_id' in joined);
  return isAnother ? built : builtFor(joined);
}

const profileOf = (externalId: string | undefined): Profile =>
  externalId === undefined ? { visitor: VISITOR } : { external_id: externalId };

/** To whom an action has joined the visitor. */
function joinedTo({ sent }: Simulation): ProfileId | undefined {
  const { built } = [...sent.values()].findLast((each) => each.built.type === 'join') ?? {};
  return built?.type === 'join' ? built.to : undefined;
}

/** What stands at the end of what was said: what can be typed now. */
function waitingLines(simulation: Simulation, time: string): readonly Line[] {
  const { flow, snapshot } = simulation;
  const ask = questionOf(flow, snapshot);
  if (ask) return questionLines(simulation, ask, time);
  if (snapshot.awaiting !== undefined) return actionLines(simulation, snapshot.awaiting);
  return [note(`${snapshot.node}: the end. /back goes back to a question, an empty line leaves.`)];
}

function questionLines({ flow, snapshot, settings }: Simulation, ask: AskNode<string>, time: string): Line[] {
  const { refusal, path } = snapshot;
  const previous = previousOf(snapshot);
  const refusals = path.at(-1)?.refusals ?? 0;
  const { limit, next, text } = askOf(flow, snapshot.node)?.retry ?? {};
  return [
    ...(refusal ? [line('refusal')(refusalWords(refusal))] : []),
    ...(refusal && text !== undefined
      ? [line('brand')(fillText(text, { answers: snapshot.answers, ...settings.surroundings }))]
      : []),
    ...(refusal && limit !== undefined
      ? [note(`retry ${refusals} of ${limit}, then ${next ?? 'no further'}`)]
      : []),
    ...hintsOf(ask, localDateOf(time, settings.surroundings.device.time_zone)),
    ...(previous === undefined ? [] : [hint(`before: ${answerWords(ask, previous)}`)]),
  ];
}

function actionLines(simulation: Simulation, id: string): readonly Line[] {
  const { flow, snapshot, sent } = simulation;
  const { node } = snapshot;
  const published = nodeOf(flow, node);
  const [run, asked] = [runOf(simulation, node), sent.get(id)];
  if (!run || !asked || published?.type !== 'action') return [];
  const submission = dataLines('The browser would submit to the relay:', asked.submission);
  if (run.type === 'branch') {
    return [
      line('heading')(`${node}: the relay decides`),
      ...submission,
      hint('Where does it lead?'),
      ...targetsOf(published).map((to, index) => hint(`  ${index + 1}  → ${to}`)),
    ];
  }
  const to = (outcome: Outcome) => routeOf(published, outcome);
  const fields = Object.keys(asked.submission.answers).join(', ');
  return [
    line('heading')(`${node}: ${run.call}`),
    ...submission,
    ...builtLines(run.call, asked.built),
    hint('How does it end?'),
    hint(`  1  success  → ${to('success')}`),
    hint(`  2  error    → ${to('error')}`),
    hint(`  3  invalid  → ${published.on.invalid ?? 'asks again'} (then the field that is refused)`),
    hint(`  4  queued   → ${to('queued')}`),
    ...outcomesOf(run).map(({ name, next }, index) => hint(`  ${index + 5}  ${name}  → ${next}`)),
    hint(`fields: ${fields || 'none is answered'}`),
  ];
}

/** Where a branch that the relay decides may lead, each once. */
const targetsOf = ({ on }: PublishedActionNode): readonly string[] => [
  ...new Set(Object.values(on).filter((to) => to !== undefined)),
];

function builtLines(call: string, built: Built): readonly Line[] {
  const leftOut = 'leftOut' in built ? built.leftOut : [];
  const words = leftOut.map(({ name, reason }) => line('refusal')(`"${name}" is left out: ${reason}`));
  if (built.type === 'denied') return [line('refusal')(`The relay would refuse it: ${built.reason}`)];
  if (built.type === 'impossible') return [...words, hint('The relay would send nothing: it is an error.')];
  if (built.type === 'nothing' || (built.type === 'share' && isEmpty(built.share))) {
    const nothing =
      'The relay would write nothing to Braze: nothing of the mapping is filled, or all is there already.';
    return [hint(nothing), ...words];
  }
  const own = ownRequestOf(call, built);
  const share = writtenBy(built);
  const track = share && !isEmpty(share) ? bodyOf([share]).body : undefined;
  return [
    ...(own ? dataLines(`The relay would send to Braze, POST /${own.path}; nothing is sent:`, own.body) : []),
    ...(track
      ? dataLines(
          `${own ? 'And then' : 'The relay would send to Braze'}, POST /users/track; nothing is sent:`,
          track,
        )
      : []),
    ...words,
  ];
}

function takeAnswer(simulation: Simulation, ask: AskNode<string>, typed: string, time: string): Step {
  const { flow, snapshot } = simulation;
  const happening = happeningOf(simulation, time);
  const value = readAnswer(ask, typed);
  const accepted = acceptAnswer(ask, value, furtherOf(happening));
  const event = { ...happening, type: 'answer', node: snapshot.node, value } as const;
  const answered = transition(flow, snapshot, event);
  const step = follow(simulation, answered, snapshot.path.length, time);
  if (!accepted.refusal) {
    const words = answerWords(ask, accepted.value);
    const echo = words === typed.trim() ? [] : [line('echo')(words)];
    return { ...step, lines: [...echo, ...step.lines] };
  }
  const problem = refusalWords(accepted.refusal);
  if (answered[0].refusal) return { ...step, problem };
  const gone = [line('refusal')(problem), note(`the retries are used up → ${ask.retry?.next ?? ''}`)];
  return { ...step, problem, lines: [...gone, ...step.lines] };
}

const OUTCOMES: readonly Outcome[] = ['success', 'error', 'invalid', 'queued'];

function takeOutcome(simulation: Simulation, id: string, typed: string, time: string): Step {
  const { flow, snapshot } = simulation;
  const [run, published] = [runOf(simulation, snapshot.node), nodeOf(flow, snapshot.node)];
  if (run?.type === 'branch' && published?.type === 'action') {
    const targets = targetsOf(published);
    const next = targets.find((each, index) => each === typed || String(index + 1) === typed);
    if (next === undefined) return refuse(simulation, `not where it leads; there are ${targets.join(', ')}`);
    return judge(simulation, typed, { id, outcome: 'success', next }, time);
  }
  const [word = '', field, ...more] = typed.split(/\s+/);
  const named = run?.type === 'action' ? outcomesOf(run) : [];
  const own = named.find(({ name }, index) => name === typed || String(index + 5) === typed);
  if (own) return judge(simulation, typed, { id, outcome: 'success', next: own.next }, time);
  const outcome = OUTCOMES.find((each, index) => each === word.toLowerCase() || String(index + 1) === word);
  if (!outcome || more.length > 0 || (outcome !== 'invalid' && field !== undefined))
    return refuse(simulation, 'not an outcome; there are success, error, invalid with a field, and queued');
  if (outcome !== 'invalid') return judge(simulation, typed, { id, outcome }, time);
  const fields = Object.keys(simulation.sent.get(id)?.submission.answers ?? {});
  const [only] = fields;
  const refused = field ?? (fields.length === 1 ? only : undefined);
  if (refused === undefined || !fields.includes(refused))
    return refuse(simulation, `"invalid" needs a field that is answered: ${fields.join(', ') || 'none is'}`);
  // The word that the relay has: without a target in the flow, the question that owns the field.
  const { invalid } = run?.type === 'action' ? run.on : {};
  const next = invalid ?? ownerOf(simulation.loaded.flow, refused);
  return judge(simulation, typed, { id, outcome, field: refused, ...(next !== undefined && { next }) }, time);
}

/** @param typed as it was typed: an echo says what it was taken for */
function judge(simulation: Simulation, typed: string, verdict: Verdict, time: string): Step {
  const { flow, snapshot, sent } = simulation;
  const { id, outcome, field } = verdict;
  const event = { ...happeningOf(simulation, time), type: 'verdict', verdict } as const;
  const judged = transition(flow, snapshot, event);
  const asked = sent.get(id);
  // What is queued is delivered later.
  const isWritten = outcome === 'success' || outcome === 'queued';
  const written = new Map(sent);
  if (asked && isWritten) written.set(id, { ...asked, accepted: [...asked.accepted, ...eventsOf(asked)] });
  const from = Math.min(snapshot.path.length, judged[0].path.length - 1);
  const step = follow({ ...simulation, sent: written }, judged, from, time);
  const words = field === undefined ? outcome : `${outcome} ${field}`;
  return { ...step, lines: [...(words === typed ? [] : [line('echo')(words)]), ...step.lines] };
}

/** What of it is a request of its own. */
function ownRequestOf(
  call: string,
  built: Built,
): { readonly path: string; readonly body: unknown } | undefined {
  if (built.type === 'request') return { path: call, body: built.body };
  return built.type === 'join'
    ? { path: callOfJoin(built.to), body: joinBodyOf(VISITOR, built.to) }
    : undefined;
}

/** What of it `/users/track` writes. */
function writtenBy(built: Built): TrackShare | undefined {
  if (built.type === 'share') return built.share;
  return built.type === 'request' ? built.then : undefined;
}

const eventsOf = ({ built }: Sent): readonly EventKey[] =>
  writtenBy(built)?.events.map(({ key }) => key) ?? [];

const HELP = `An answer is typed as it is; choices by number, value or words, several with commas between them.
/back [NODE]    goes back to a question, by its name or its field; without one, to the last
/transcript     everything that was said
/snapshot       where the conversation stands
/context        what conditions and templates read
/reload         reads the file again, and goes on under what it says now
/help           this
/quit           leaves
An answer that begins with / is typed with a backslash before it.`;

function takeRequest(simulation: Simulation, request: string, time: string): Step {
  const { flow, snapshot, settings } = simulation;
  const [name = '', argument] = request.trim().split(/\s+/);
  switch (name) {
    case 'help':
      return say(simulation, ...HELP.split('\n').map(hint), ...waitingLines(simulation, time));
    case 'transcript':
      return say(simulation, ...tell(flow, snapshot, settings.surroundings, 0));
    case 'snapshot':
      return say(simulation, ...dataLines('Snapshot:', snapshot));
    case 'context': {
      const context = { answers: snapshot.answers, ...settings.surroundings };
      return say(simulation, ...dataLines('Context:', context));
    }
    case 'back':
      return goBack(simulation, argument, time);
    case 'reload':
    case 'quit':
      return { simulation, lines: [], wants: name };
    default:
      return refuse(simulation, `there is no /${name}; /help tells what there is`);
  }
}

function goBack(simulation: Simulation, named: string | undefined, time: string): Step {
  const { flow, snapshot } = simulation;
  if (snapshot.awaiting !== undefined) return refuse(simulation, 'the outcome of the action comes first');
  const nodes = snapshot.path.map(({ node }) => node).filter((node) => lastCorrectable(snapshot, node) >= 0);
  const node = nodes.findLast(
    (id) => named === undefined || id === named || askOf(flow, id)?.field === named,
  );
  if (node === undefined) {
    const words =
      nodes.length === 0 ? 'nothing is answered yet' : `answered are ${[...new Set(nodes)].join(', ')}`;
    return refuse(simulation, named === undefined ? words : `"${named}" is no answered question; ${words}`);
  }
  const event = { ...happeningOf(simulation, time), type: 'correct', node } as const;
  const [corrected, effects] = transition(flow, snapshot, event);
  return follow(simulation, [corrected, effects], corrected.path.length - 1, time);
}
