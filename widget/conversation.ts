/**
 * The shell around the pure core: holds the snapshot, hands events to `transition`, and runs what it asks for. A Lit
 * controller: its host renders what it holds.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Answer, AskNode, PublishedFlow } from './contract/flow.ts';
import type { PublishedSite } from './contract/site.ts';
import type { Entry } from './contract/wire.ts';
import { ParleyErrorEvent, ParleyOutcomeEvent } from './events.ts';
import { isNormalAnswer } from './flow/answer.ts';
import type { Span } from './flow/markup.ts';
import { isOver, previousOf, questionOf, type Snapshot } from './flow/snapshot.ts';
import { fillText } from './flow/template.ts';
import { transcriptOf, type Utterance } from './flow/transcript.ts';
import { startConversation, transition, type ConversationEvent } from './flow/transition.ts';
import type { Verdict } from './flow/verdict.ts';
import { todayOf, type Surroundings, type Transition } from './flow/walk.ts';
import { createOutbox, type News, type Outbox, type OutboxPorts } from './outbox/outbox.ts';
import { isUnchanged, type OutboxStore } from './outbox/store.ts';
import type { Tabs } from './outbox/tabs.ts';
import type { FetchFlow } from './transport/flow-client.ts';
import type { RelayClient } from './transport/relay-client.ts';
import { createUuid } from './uuid.ts';

/** What a conversation runs on. The element brings the browser's own; a test may bring others. */
export interface ConversationPorts extends Pick<OutboxPorts, 'isOnline' | 'isAllowed' | 'tryLock'> {
  readonly store: OutboxStore;
  /** Joins the other tabs that share this store. */
  readonly connectTabs: (hear: (news: News) => void) => Tabs;
  /** Hears what happens to the page, until the returned function is called. */
  readonly listenToPage: (hear: (event: PageEvent) => void) => () => void;
  readonly relay: RelayClient;
  readonly fetchFlow: FetchFlow;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly setTimer: (callback: () => void, milliseconds: number) => () => void;
  readonly readSurroundings: () => Surroundings;
  /** The token of the entry link that led to this page: of its fragment, and of its query where the site lets it stand there. */
  readonly entryLink: (flow: string, site?: PublishedSite) => string | undefined;
  /** It does not hold: pages that follow need not ask with it. */
  readonly forgetEntryLink: () => void;
  /** What the site lets be read of its pages, once it is known. Resolves when that has been read. Never rejects. */
  readonly heed: (site: PublishedSite | undefined) => Promise<void>;
  /** Fetches what the questions of this flow need besides. Rejects where it cannot be had. */
  readonly loadInputs: (flow: PublishedFlow) => Promise<void>;
  /** Hears whether anything is still without a receipt. */
  readonly rememberUnsent: (isUnsent: boolean) => void;
}

/** `leaving`: the page may be gone in a moment. `back`: it has been kept aside, and goes on. */
export type PageEvent = 'online' | 'leaving' | 'back';

export type ConversationStatus = 'idle' | 'loading' | 'failed' | 'ready';

/** Milliseconds past the relay's deadline that its answer may be on its way (design.md, Outcomes). */
const GRACE = 1_500;

/** Milliseconds that the first words wait for what the page tells: a chunk that does not come costs the tags, and nothing else. */
const PATIENCE = 1_000;

const NOTHING_SAID: readonly Utterance[] = [];
const NO_WORDS: readonly Span[] = [];

export class Conversation implements ReactiveController {
  readonly #host: ReactiveControllerHost & EventTarget;
  readonly #ports: ConversationPorts;
  readonly #outbox: Outbox;
  #flow: PublishedFlow | undefined;
  #snapshot: Snapshot | undefined;
  /** The entry link of this page. */
  #link: string | undefined;
  /** What it tells, where it holds. */
  #entry: Entry | undefined;
  /** The snapshot as the store has it; another tab may have brought it further. */
  #stored: Snapshot | undefined;
  #said: { readonly by: Snapshot; readonly utterances: readonly Utterance[] } | undefined;
  #status: ConversationStatus = 'idle';
  #hasChanged = false;
  #isWaiting = false;
  /** The submission that this tab made last. */
  #made: string | undefined;
  #tabs: Tabs | undefined;
  #stopListening: (() => void) | undefined;
  #cancelDeadline: (() => void) | undefined;
  /** Events are applied one after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(host: ReactiveControllerHost & EventTarget, ports: ConversationPorts) {
    this.#host = host;
    this.#ports = ports;
    const { store, relay, clock, random, setTimer, isOnline, isAllowed, tryLock } = ports;
    this.#outbox = createOutbox({
      store,
      send: (claimed) => relay.send(claimed),
      listener: {
        settled: (verdicts) => void this.#settled(verdicts),
        waiting: (isWaiting) => this.#wait(isWaiting),
      },
      ports: { clock, random, setTimer, tryLock, isOnline, isAllowed, tell: this.#tell },
      owner: this.#draw(),
    });
    host.addController(this);
  }

  hostConnected(): void {
    this.#stopListening = this.#ports.listenToPage((event) => {
      // Another tab may have gone on with it meanwhile.
      if (event === 'back') this.#catchUp();
      this.#flush();
    });
    this.#tabs = this.#ports.connectTabs((news) => this.#hear(news));
    this.#outbox.connect();
    this.#catchUp();
    this.#flush();
    if (this.#snapshot?.awaiting !== undefined) this.#awaitVerdict(this.#snapshot.awaiting);
  }

  hostDisconnected(): void {
    this.#stopListening?.();
    this.#tabs?.disconnect();
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
    return this.#isWaiting;
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
    const context = { answers: this.#snapshot?.answers, ...this.#surroundings() };
    return text === undefined ? undefined : fillText(text, context);
  }

  /** The same list until something was said: who shows it can tell by that. */
  get transcript(): readonly Utterance[] {
    if (this.#flow && this.#snapshot && this.#said?.by !== this.#snapshot) {
      const utterances = transcriptOf(this.#flow, this.#snapshot, this.#surroundings());
      this.#said = { by: this.#snapshot, utterances };
    }
    return this.#said?.utterances ?? NOTHING_SAID;
  }

  /** Goes on where the visitor was, or starts. Where the relay cannot be reached the status is `failed`. */
  begin(flow: string, locale: string): Promise<void> {
    this.#show('loading');
    return this.#enqueue(async () => {
      const { store, fetchFlow, loadInputs, entryLink, forgetEntryLink, heed, setTimer } = this.#ports;
      let link = entryLink(flow);
      let published = await fetchFlow(flow, locale, link);
      const { site } = published;
      // A branch may go by the page's tags at once.
      await Promise.race([heed(site), new Promise<void>((resolve) => setTimer(resolve, PATIENCE))]);
      if (link === undefined && site && (link = entryLink(flow, site)) !== undefined) {
        published = await fetchFlow(flow, locale, link);
      }
      await loadInputs(published);
      const { entry } = published;
      this.#flow = published;
      this.#link = link;
      this.#entry = entry && link !== undefined ? { ...entry, link } : undefined;
      if (link !== undefined && !entry) forgetEntryLink();
      // An entry link may lead to another one.
      this.#stored = await store.readSnapshot(published.id, this.#ports.clock());
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

  readonly #tell = (news: News) => this.#tabs?.tell(news);

  readonly #flush = () => void this.#outbox.flush();

  #surroundings(): Surroundings {
    const before = this.#snapshot?.entry;
    // By one that does not hold nobody is of the cohort of an earlier one.
    const isStill = this.#link === undefined || before?.link === this.#link;
    const entry = this.#entry ?? (isStill ? before : undefined);
    return { ...this.#ports.readSurroundings(), ...(entry && { entry }) };
  }

  #happening() {
    return {
      time: new Date(this.#ports.clock()).toISOString(),
      surroundings: this.#surroundings(),
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
    const seed = await this.#keepSeed();
    await this.#commit((flow, snapshot) =>
      snapshot
        ? transition(flow, snapshot, { type: 'resume', ...this.#happening() })
        : startConversation(flow, { conversation: this.#draw(), seed }, this.#happening()),
    );
  }

  /** Takes the verdict that was kept for it: it came while this conversation was not open, or to another tab. */
  async #hearKept(id: string): Promise<boolean> {
    const verdict = await this.#ports.store.readVerdict(id);
    if (!verdict) return false;
    await this.#apply({ type: 'verdict', verdict, ...this.#happening() });
    return true;
  }

  async #start(): Promise<void> {
    const seed = await this.#keepSeed();
    await this.#commit((flow) =>
      startConversation(flow, { conversation: this.#draw(), seed }, this.#happening()),
    );
  }

  /** The seed of this browser. */
  #keepSeed(): Promise<string> {
    return this.#ports.store.keepSeed(this.#draw());
  }

  /** An id of now. That of a conversation is drawn for each attempt to store it: what is sent goes in the order of ids. */
  #draw(): string {
    const { clock, randomBytes } = this.#ports;
    return createUuid(clock(), randomBytes(16));
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
      const { entry } = this.#surroundings();
      const [walked, effects] = step(this.#flow, this.#snapshot) ?? [];
      if (!walked || (walked === this.#snapshot && walked.entry?.link === entry?.link)) break;
      // By which link they came holds on, on the pages that follow too.
      const next = entry ? { ...walked, entry } : walked;
      const submission = effects?.[0]?.submission;
      if (submission) this.#ports.rememberUnsent(true);
      const previous = this.#stored;
      const now = this.#ports.clock();
      if (
        await this.#ports.store.commit({ previous, next, submission, isOver: isOver(this.#flow, next), now })
      ) {
        this.#stored = this.#snapshot = next;
        this.#tell({ type: 'moved', snapshot: next });
        if (submission) {
          this.#made = submission.id;
          // Once more: what was sent meanwhile has taken it back.
          this.#ports.rememberUnsent(true);
          this.#awaitVerdict(submission.id);
        }
        break;
      }
      await this.#readStored(next);
    }
    this.#host.requestUpdate();
  }

  /** Another tab went on with this conversation, or the browser's storage was cleared or failed. */
  async #readStored(next: Snapshot): Promise<void> {
    const { store, clock } = this.#ports;
    this.#stored = await store.readSnapshot(next.flow, clock());
    if (this.#stored) {
      // The same verdict leads to the same place; at its end that is stored without what was said.
      const isSame =
        this.#snapshot?.awaiting !== undefined &&
        isUnchanged(this.#stored, next) &&
        this.#stored.node === next.node;
      this.#snapshot = isSame ? next : this.#stored;
      // The other tab may be gone before it has sent.
      if (this.#stored.awaiting !== undefined) this.#awaitVerdict(this.#stored.awaiting);
    }
    // What is said from here on is another conversation's: the same step may be taken again from what storage still has.
    else if (this.#snapshot) {
      this.#snapshot = { ...this.#snapshot, conversation: this.#draw() };
    }
  }

  #hear(news: News): void {
    this.#outbox.hear(news);
    if (news.type === 'moved' && news.snapshot.flow === this.#flow?.id) this.#catchUp(news.snapshot);
  }

  /** @param told where another tab says that it went: at its end it is stored without what was said */
  #catchUp(told?: Snapshot): void {
    if (!this.#flow) return;
    const { id } = this.#flow;
    void this.#enqueue(async () => {
      const stored = await this.#ports.store.readSnapshot(id, this.#ports.clock());
      if (!stored || isUnchanged(stored, this.#stored)) return;
      this.#stored = this.#snapshot = isUnchanged(stored, told) ? told : stored;
      if (stored.awaiting !== undefined && !(await this.#hearKept(stored.awaiting))) {
        this.#awaitVerdict(stored.awaiting);
      }
      this.#host.requestUpdate();
    });
  }

  #awaitVerdict(id: string): void {
    this.#cancelDeadline?.();
    const wait = this.#ports.relay.deadline() + GRACE;
    this.#cancelDeadline = this.#ports.setTimer(() => this.#queue(id), wait);
    this.#flush();
  }

  async #settled(verdicts: readonly Verdict[]): Promise<void> {
    for (const verdict of verdicts) {
      if (this.#snapshot?.awaiting === verdict.id) this.#cancelDeadline?.();
      await this.#enqueue(() => this.#apply({ type: 'verdict', verdict, ...this.#happening() }));
      const { id, outcome, next } = verdict;
      this.#host.dispatchEvent(new ParleyOutcomeEvent(id, outcome));
      if (outcome === 'error' && next === undefined) {
        this.#host.dispatchEvent(new ParleyErrorEvent('undeliverable', `Submission ${id} was given up`));
      }
    }
  }

  #wait(isWaiting: boolean): void {
    this.#isWaiting = isWaiting;
    this.#ports.rememberUnsent(isWaiting);
    const awaited = this.#snapshot?.awaiting;
    if (awaited !== undefined) {
      // What another tab has made may be on its way there.
      if (isWaiting && awaited === this.#made) this.#queue(awaited);
      else if (!isWaiting) void this.#enqueue(() => this.#hearKept(awaited));
    }
    this.#host.requestUpdate();
  }

  /** The widget's own verdict: kept, and delivered later. */
  #queue(id: string): void {
    this.#cancelDeadline?.();
    void this.#enqueue(async () => {
      // It may have come to another tab.
      if (await this.#hearKept(id)) return;
      await this.#apply({ type: 'verdict', verdict: { id, outcome: 'queued' }, ...this.#happening() });
      this.#host.dispatchEvent(new ParleyOutcomeEvent(id, 'queued'));
    });
  }

  #show(status: ConversationStatus): void {
    this.#status = status;
    this.#host.requestUpdate();
  }
}
