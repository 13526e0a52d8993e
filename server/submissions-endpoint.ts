/** `POST /v1/submissions`: what visitors say is taken on and delivered, and what their conversations ask is answered. */
import type { Context } from 'hono';
import type {
  Receipt,
  Submission,
  SubmissionsRequest,
  SubmissionsResponse,
} from '../widget/contract/wire.ts';
import type { ReadJson } from './body.ts';
import { datedByRelay, isExpired } from './clock-offset.ts';
import type { RelayConfig } from './config.ts';
import type { Delivered } from './delivery/delivery.ts';
import type { Work } from './delivery/work.ts';
import type { Departures } from './departures.ts';
import type { Doors } from './doors/doors.ts';
import type { Entered, Entering } from './entering.ts';
import type { Revisions } from './flows/revisions.ts';
import type { Session } from './identity/credentials.ts';
import { isAdded, leftOverOf, withJoin } from './identity/joining.ts';
import type { Profiles } from './identity/profiles.ts';
import { tellLosses } from './losses.ts';
import type { Counter } from './places/counting.ts';
import type { Ports } from './ports.ts';
import { accepted, problem } from './problem.ts';
import { createQuestions } from './questions.ts';
import type { PageVariables, ReadSession } from './read-session.ts';
import { createRemembering, isRemembered, NOTHING_REMEMBERED } from './remembering.ts';
import { parseSubmissions } from './schema.ts';
import {
  admit,
  givenBy,
  workOf,
  type Admission,
  type Admitted,
  type Circumstances,
  type Made,
} from './submissions.ts';

export interface SubmissionsParts {
  readonly doors: Pick<Doors, 'bring'>;
  readonly readJson: ReadJson;
  readonly readSession: ReadSession;
  readonly revisions: Pick<Revisions, 'find'>;
  readonly entering: Pick<Entering, 'read'>;
  readonly profiles: Pick<Profiles, 'assign' | 'joined'>;
  readonly departures: Pick<Departures, 'goOn'>;
  readonly counting: Pick<Counter, 'count'>;
}

type PageContext = Context<{ Variables: PageVariables }>;

/** One submission of a request. */
interface Brought {
  /** As it was dated by the browser, and by the relay. */
  readonly told: Submission;
  readonly dated: Submission;
  readonly admission: Exclude<Admission, { readonly problem: string }>;
}

export function createSubmissionsEndpoint(
  config: RelayConfig,
  { doors, readJson, readSession, revisions, entering, profiles, departures, counting }: SubmissionsParts,
  ports: Ports,
): (c: PageContext) => Promise<Response> {
  const { clock, log, metrics, store } = ports;
  const remembering = createRemembering(ports);
  const questions = createQuestions(config, remembering, ports);

  /** Said of each once, by who takes it on. */
  const tellMade = ({ work: { id, environment }, leftOut, denied }: Made) => {
    for (const { name, reason } of leftOut) {
      log({ level: 'warn', event: 'left_out', submission: id, environment, name, reason });
      metrics.leftOut(environment, name);
    }
    if (denied !== undefined)
      log({ level: 'warn', event: 'action_denied', submission: id, environment, reason: denied });
  };

  const admitAll = async (value: SubmissionsRequest, c: PageContext, start: number) => {
    const brought: Brought[] = [];
    for (const [index, dated] of datedByRelay(value, start).entries()) {
      const loaded = await revisions.find(dated.flow, dated.revision);
      const admission = admit(dated, loaded, c.var.owner.events);
      if ('problem' in admission) return admission;
      brought.push({ told: value.submissions[index] ?? dated, dated, admission });
    }
    return { brought };
  };

  /** Takes on what is to be done, each behind the one before it. */
  const deliver = async (
    brought: readonly (Brought & { readonly admission: Admitted })[],
    value: SubmissionsRequest,
    session: Session,
    entered: ReadonlyMap<Submission, Entered>,
    c: PageContext,
    now: number,
  ): Promise<readonly Delivered[]> => {
    const { owner, trace } = c.var;
    const { unverified, checksJoins } = owner;
    const known = new Map<Submission, Omit<Circumstances, 'now' | 'trace'>>();
    for (const { dated, admission } of brought) {
      const whose = { ...session, id: dated.id };
      const remembered = isRemembered(admission.flow) ? await remembering.recall(whose) : undefined;
      known.set(dated, { entered: entered.get(dated), remembered, unverified, checksJoins });
    }
    const assigned = await profiles.assign(
      brought.map(({ told, dated, admission }) => ({
        submission: admission.submission,
        unacceptable: admission.unacceptable,
        entered: entered.get(dated),
        // Of what is not begun any more nothing comes.
        given: isExpired(dated, told, value, now)
          ? undefined
          : givenBy(admission, session, known.get(dated) ?? {}),
      })),
      session,
      owner,
    );
    const made = new Map<Work, Made>();
    const expired = new Set<Work>();
    const counted: Submission[] = [];
    // A consent may be given and taken back in one request.
    let isRemembering = false;
    for (const [index, { told, dated, admission }] of brought.entries()) {
      const whose = { ...session, id: dated.id };
      const { remembered: before, ...others } = known.get(dated) ?? {};
      const remembered = before && isRemembering ? await remembering.recall(whose) : before;
      const each = workOf(admission, session, {
        ...others,
        remembered,
        madeAt: value.sent === undefined ? undefined : Date.parse(dated.time),
        now,
        trace,
        assigned: assigned[index],
      });
      if (each.consent) {
        await remembering.remember(whose, { consents: { [dated.node]: each.consent } });
        isRemembering = true;
        // What could not be delivered of the yes is not to be retried after the no, which says all else again.
        const { corrects } = each.work;
        if (!each.consent.now.isGiven && corrects !== undefined) await store.deadLetters.drop(corrects);
      }
      made.set(each.work, each);
      if (isExpired(dated, told, value, now)) expired.add(each.work);
      else counted.push(dated);
    }
    const delivery = ports.delivery();
    const line = withJoin([...made.keys()], assigned, owner);
    const [told] = await Promise.all([
      delivery.deliver(
        line,
        config.deadline,
        (work) => {
          const each = made.get(work);
          if (each) tellMade(each);
        },
        (work) => expired.has(work),
      ),
      departures.goOn(value, session.visitor, owner),
      counting.count(counted, session.visitor, owner),
    ]);
    const leftOver = leftOverOf(line, told);
    if (leftOver) await store.deferred.hold(leftOver.work, leftOver.retryAfter * 1_000);
    if (leftOver || told.some(({ type }, index) => type === 'settled' && line[index]?.join !== undefined))
      await profiles.joined(session);
    // What they have said may be in what was read before.
    if (session.externalId !== undefined && brought.length > 0)
      ports.profiles().forget(session.environment, session.externalId);
    return told.filter((_, index) => {
      const work = line[index];
      return !work || !isAdded(work);
    });
  };

  return async (c) => {
    const { owner, requestId: request, trace } = c.var;
    const askedAt = clock();
    const session = await readSession(c);
    const { value } = accepted(parseSubmissions(await readJson(c, 'submissions')));
    await doors.bring(c, owner, session.visitor, value.submissions.length);
    const now = clock();
    const known = { request, trace };
    const admitted = await admitAll(value, c, now);
    if ('problem' in admitted) return problem(c, 422, admitted.problem);
    const { brought } = admitted;
    const dated = brought.map((each) => each.dated);
    // Not before all are admitted: who is refused has not used up a personal link.
    const entered = await entering.read(dated, owner, session, known);
    const toDo = brought.filter(
      (each): each is Brought & { admission: Admitted } => 'action' in each.admission,
    );
    const answers: Promise<Receipt>[] = [];
    for (const { dated: asking, admission } of brought) {
      if (!('asks' in admission)) continue;
      const remembered = isRemembered(admission.flow)
        ? await remembering.recall({ ...session, id: asking.id })
        : NOTHING_REMEMBERED;
      answers.push(
        questions.answer(admission, session, { entered: entered.get(asking), remembered, askedAt }),
      );
    }
    const [delivered, answered] = await Promise.all([
      toDo.length > 0 || brought.length === 0
        ? deliver(toDo, value, session, entered, c, now)
        : Promise.resolve([]),
      Promise.all(answers),
    ]);
    const receipts = [
      ...delivered.flatMap((each) => (each.type === 'later' ? [] : [each.receipt])),
      ...answered,
    ];
    const waits = delivered.flatMap((each) => (each.type === 'later' ? [each.retryAfter] : []));
    const after = waits.length > 0 ? Math.max(...waits) : undefined;
    if (receipts.length === 0 && after !== undefined) {
      return problem(c, 503, 'Not taken on now. Keep it and send it again.', {
        'retry-after': String(after),
      });
    }
    const { losses = {} } = value;
    const aged = delivered.filter(({ type }) => type === 'expired').length;
    tellLosses({ ...losses, age: (losses.age ?? 0) + aged }, session, known, ports);
    const answer: SubmissionsResponse = { receipts, ...(after !== undefined && { retry_after: after }) };
    return c.json(answer, 200, { 'cache-control': 'no-store' });
  };
}
