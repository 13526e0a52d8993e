/**
 * The shell around the pure core: holds the snapshot, hands events to `transition`, and runs what it asks for. A Lit
 * controller: its host renders what it holds.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Answer, AskNode, PublishedFlow } from './contract/flow.ts';
import type { Submission } from './contract/wire.ts';
import { ParleyOutcomeEvent } from './events.ts';
import { isNormalAnswer } from './flow/answer.ts';
import type { Span } from './flow/markup.ts';
import { isOver, previousOf, questionOf, type Snapshot } from './flow/snapshot.ts';
import { fillText } from './flow/template.ts';
import { transcriptOf, type Utterance } from './flow/transcript.ts';
import { startConversation, transition, type ConversationEvent } from './flow/transition.ts';
import type { Verdict } from './flow/verdict.ts';
import { todayOf, type Surroundings, type Transition } from './flow/walk.ts';
import { createOutbox, type Outbox } from './outbox/outbox.ts';
import type { OutboxStore } from './outbox/store.ts';
import type { RelayClient } from './transport/relay-client.ts';
import { createUuid } from './uuid.ts';

/** What a conversation runs on. The element brings the browser's own; a test may bring others. */
export interface ConversationPorts {
  readonly store: OutboxStore;
  readonly relay: RelayClient;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly setTimer: (callback: () => void, milliseconds: number) => () => void;
  readonly readSurroundings: () => Surroundings;
  /** Fetches what the questions of this flow need besides. Rejects where it cannot be had. */
  readonly loadInputs: (flow: PublishedFlow) => Promise<void>;
  /** Hears whether anything is still without a receipt. */
  readonly rememberUnsent: (isUnsent: boolean) => void;
}

export type ConversationStatus = 'idle' | 'loading' | 'failed' | 'ready';

/** Milliseconds past the relay's deadline that its answer may be on its way (design.md, Outcomes). */
const GRACE = 1_500;

const NOTHING_SAID: readonly Utterance[] = [];
const NO_WORDS: readonly Span[] = [];

export class Conversation implements ReactiveController {
  readonly #host: ReactiveControllerHost & EventTarget;
  readonly #ports: ConversationPorts;
  readonly #outbox: Outbox;
  #flow: PublishedFlow | undefined;
  #snapshot: Snapshot | undefined;
  /** The snapshot as the store has it; another tab may have brought it further. */
  #stored: Snapshot | undefined;
  #said: { readonly by: Snapshot; readonly utterances: readonly Utterance[] } | undefined;
  #status: ConversationStatus = 'idle';
  #hasChanged = false;
  #waiting: readonly string[] = [];
  #cancelDeadline: (() => void) | undefined;
  /** Events are applied one after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(host: ReactiveControllerHost & EventTarget, ports: ConversationPorts) {
    this.#host = host;
    this.#ports = ports;
    this.#outbox = createOutbox(
      ports.store,
      (submission) => ports.relay.send(submission),
      {
        settled: (submission, verdict) => this.#settled(submission, verdict),
        waiting: (ids) => this.#wait(ids),
      },
      ports,
    );
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener('online', this.#flush);
    this.#outbox.connect();
    this.#flush();
    if (this.#snapshot?.awaiting !== undefined) this.#awaitVerdict(this.#snapshot.awaiting);
  }

  hostDisconnected(): void {
    removeEventListener('online', this.#flush);
    this.#outbox.disconnect();
    this.#cancelDeadline?.();
  }

  get status(): ConversationStatus {
    return this.#status;
  }

  /** The flow changed since the last visit, so that the conversation goes on elsewhere than where it stood. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  /** Something that was said is still without a receipt, and nobody waits for it. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  get isAwaitingVerdict(): boolean {
    return this.#snapshot?.awaiting !== undefined;
  }

  get isOver(): boolean {
    return this.#flow !== undefined && this.#snapshot !== undefined && isOver(this.#flow, this.#snapshot);
  }

  get question(): AskNode<string> | undefined {
    return this.#flow && this.#snapshot && questionOf(this.#flow, this.#snapshot);
  }

  /** The question as it reads. */
  get questionContent(): readonly Span[] {
    const last = this.transcript.at(-1);
    return last?.from === 'brand' && 'content' in last.bubble ? last.bubble.content : NO_WORDS;
  }

  /** What the question at hand was answered with before the visitor went back to it. */
  get previous(): Answer | undefined {
    return this.#snapshot && previousOf(this.#snapshot);
  }

  /** The visitor may leave it at the previous answer: nobody has refused it, and it still is one. */
  get mayKeep(): boolean {
    const { question, previous, refusal } = this;
    return (
      !!question &&
      refusal?.code !== 'refused' &&
      isNormalAnswer(question, previous, todayOf(this.#happening()))
    );
  }

  /** BCP 47 tag of what is said. */
  get locale(): string | undefined {
    return this.#flow?.locale;
  }

  get refusal(): Snapshot['refusal'] {
    return this.#snapshot?.refusal;
  }

  /** The flow's own words on an answer that cannot be taken. */
  get refusalText(): string | undefined {
    const text = this.question?.retry?.text;
    const context = { answers: this.#snapshot?.answers, ...this.#ports.readSurroundings() };
    return text === undefined ? undefined : fillText(text, context);
  }

  /** The same list until something was said: who shows it can tell by that. */
  get transcript(): readonly Utterance[] {
    if (this.#flow && this.#snapshot && this.#said?.by !== this.#snapshot) {
      const utterances = transcriptOf(this.#flow, this.#snapshot, this.#ports.readSurroundings());
      this.#said = { by: this.#snapshot, utterances };
    }
    return this.#said?.utterances ?? NOTHING_SAID;
  }

  /** Goes on where the visitor was, or starts. Where the relay cannot be reached the status is `failed`. */
  begin(flow: string, locale: string): Promise<void> {
    this.#show('loading');
    return this.#enqueue(async () => {
      const { store, relay, loadInputs } = this.#ports;
      const fetched = relay.fetchFlow(flow, locale);
      [this.#flow, this.#stored] = await Promise.all([
        fetched,
        store.readSnapshot(flow),
        fetched.then((published) => loadInputs(published)),
      ]);
      this.#snapshot = this.#stored;
      const stood = this.#stored?.node;
      await this.#resumeOrStart();
      this.#hasChanged = stood !== undefined && stood !== this.#snapshot?.node;
      const awaiting = this.#snapshot?.awaiting;
      if (awaiting !== undefined && !(await this.#hearKept(awaiting))) this.#awaitVerdict(awaiting);
      this.#show('ready');
    });
  }

  /** Says something to the question at hand; `flow/answer.ts` tells what each input takes. */
  answer(value: unknown): Promise<void> {
    const node = this.#snapshot?.node ?? '';
    return this.#enqueue(() => this.#apply({ type: 'answer', node, value, ...this.#happening() }));
  }

  /** Goes back to a question that was answered. What came after it is kept. */
  correct(node: string): Promise<void> {
    return this.#enqueue(() => this.#apply({ type: 'correct', node, ...this.#happening() }));
  }

  /** A new conversation. What the last one has to deliver is delivered all the same. */
  restart(): Promise<void> {
    this.#hasChanged = false;
    this.#cancelDeadline?.();
    return this.#enqueue(() => this.#start());
  }

  readonly #flush = () => void this.#outbox.flush();

  #happening() {
    return {
      time: new Date(this.#ports.clock()).toISOString(),
      surroundings: this.#ports.readSurroundings(),
    };
  }

  #enqueue(step: () => Promise<unknown>): Promise<void> {
    this.#work = this.#work.then(step).then(
      () => undefined,
      (error: unknown) => {
        console.warn('Parley could not go on with the conversation.', error);
        this.#show('failed');
      },
    );
    return this.#work;
  }

  /** Another tab may have started meanwhile: then its conversation is gone on with, and nothing of it is lost. */
  async #resumeOrStart(): Promise<void> {
    const drawn = await this.#draw();
    await this.#commit((flow, snapshot) =>
      snapshot
        ? transition(flow, snapshot, { type: 'resume', ...this.#happening() })
        : startConversation(flow, drawn, this.#happening()),
    );
  }

  /** Takes the verdict that was kept for it: it came while this conversation was not open, or to another tab. */
  async #hearKept(id: string): Promise<boolean> {
    const verdict = await this.#ports.store.readVerdict(id);
    if (!verdict) return false;
    await this.#apply({ type: 'verdict', verdict, ...this.#happening() });
    await this.#ports.store.settle(id);
    return true;
  }

  async #start(): Promise<void> {
    const drawn = await this.#draw();
    await this.#commit((flow) => startConversation(flow, drawn, this.#happening()));
  }

  /** The id of a new conversation, and the seed of this browser. */
  async #draw(): Promise<{ readonly conversation: string; readonly seed: string }> {
    const { clock, randomBytes, store } = this.#ports;
    const seed = await store.keepSeed(createUuid(clock(), randomBytes(16)));
    return { conversation: createUuid(clock(), randomBytes(16)), seed };
  }

  #apply(event: ConversationEvent): Promise<void> {
    return this.#commit((flow, snapshot) => (snapshot ? transition(flow, snapshot, event) : undefined));
  }

  /** Stores what a step makes of the snapshot, and then does what it asks for. */
  async #commit(
    step: (flow: PublishedFlow, snapshot: Snapshot | undefined) => Transition | undefined,
  ): Promise<void> {
    if (!this.#flow) return;
    for (;;) {
      const [next, effects] = step(this.#flow, this.#snapshot) ?? [];
      if (!next || next === this.#snapshot) break;
      const submission = effects?.[0]?.submission;
      if (submission) this.#ports.rememberUnsent(true);
      if (await this.#ports.store.commit(this.#stored, next, submission)) {
        this.#stored = this.#snapshot = next;
        if (submission) this.#awaitVerdict(submission.id);
        break;
      }
      // Another tab went on with this conversation, or the visitor cleared the browser's storage.
      this.#stored = await this.#ports.store.readSnapshot(this.#flow.id);
      this.#snapshot = this.#stored ?? this.#snapshot;
    }
    this.#host.requestUpdate();
  }

  #awaitVerdict(id: string): void {
    this.#cancelDeadline?.();
    const wait = this.#ports.relay.deadline() + GRACE;
    this.#cancelDeadline = this.#ports.setTimer(() => this.#queue(id), wait);
    this.#flush();
  }

  /** True once the conversation that this is for has stored where it goes, or has gone on without it. */
  async #settled({ flow }: Submission, verdict: Verdict): Promise<boolean> {
    if (this.#snapshot?.awaiting === verdict.id) this.#cancelDeadline?.();
    await this.#judge(verdict);
    this.#host.dispatchEvent(new ParleyOutcomeEvent(verdict.id, verdict.outcome));
    const stored = await this.#ports.store.readSnapshot(flow);
    return stored?.awaiting !== verdict.id;
  }

  #wait(ids: readonly string[]): void {
    this.#waiting = ids;
    this.#ports.rememberUnsent(ids.length > 0);
    const awaited = this.#snapshot?.awaiting;
    if (awaited !== undefined) {
      if (ids.includes(awaited)) this.#queue(awaited);
      else void this.#enqueue(() => this.#hearKept(awaited));
    }
    this.#host.requestUpdate();
  }

  /** The widget's own verdict: kept, and delivered later. */
  #queue(id: string): void {
    this.#cancelDeadline?.();
    void this.#judge({ id, outcome: 'queued' }).then(() =>
      this.#host.dispatchEvent(new ParleyOutcomeEvent(id, 'queued')),
    );
  }

  #judge(verdict: Verdict): Promise<void> {
    return this.#enqueue(() => this.#apply({ type: 'verdict', verdict, ...this.#happening() }));
  }

  #show(status: ConversationStatus): void {
    this.#status = status;
    this.#host.requestUpdate();
  }
}
