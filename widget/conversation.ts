/**
 * The shell around the pure core: holds the snapshot, hands events to `transition`, and runs what it asks for. A Lit
 * controller: its host renders what it holds.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { ConsentQuestion } from './consenting.ts';
import type { PublishedFlow } from './contract/flow.ts';
import type { Told } from './contract/site.ts';
import type { Entry } from './contract/wire.ts';
import type { ConversationDelivery, ConversationPorts } from './conversation-ports.ts';
import type { Way } from './delivery.ts';
import { fire } from './events.ts';
import { isOver, isUnchanged, nodeOf, type Snapshot } from './flow/snapshot.ts';
import { startConversation, transition, type ConversationEvent } from './flow/transition.ts';
import type { Verdict } from './flow/verdict.ts';
import type { Locale, Words } from './locale/words.ts';
import {
  submissionAt,
  type Happening,
  type Language,
  type Surroundings,
  type Transition,
} from './flow/walk.ts';
import { movesOf } from './moves.ts';
import type { News, Outbox, OutboxListener } from './outbox/outbox.ts';
import type { Commit } from './outbox/store.ts';
import type { Tabs } from './outbox/tabs.ts';
import { shownOf, type Shown } from './shown.ts';
import type { Telling } from './telling.ts';
import { createUuid } from './uuid.ts';

export interface ConversationHost extends ReactiveControllerHost, EventTarget {
  /** Whether its events may tell what was said. */
  readonly values?: boolean;
}

export type ConversationStatus = 'idle' | 'loading' | 'failed' | 'ready';

/** Milliseconds past the relay's deadline that its answer may be on its way (design.md, Outcomes). */
const GRACE = 1_500;

/** Milliseconds that the first words wait for what the page tells: a chunk that does not come costs the tags, and nothing else. */
const PATIENCE = 1_000;

/** Whether nothing comes before its first question but words. */
function asksFirst({ nodes, start }: PublishedFlow): boolean {
  const met = new Set<string>();
  let id = start;
  for (;;) {
    const node = nodes[id];
    if (node?.type !== 'message' || met.has(id)) return node?.type === 'ask';
    met.add(id);
    id = node.next;
  }
}

export class Conversation implements ReactiveController {
  readonly #host: ConversationHost;
  readonly #ports: ConversationPorts;
  #keeping: Promise<ConversationDelivery> | undefined;
  #delivery: ConversationDelivery | undefined;
  #outbox: Outbox | undefined;
  /** Of visitors who have gone. */
  readonly #former: Outbox[] = [];
  /** The visitor has gone, and their conversation is about to. */
  #isEnding = false;
  /** Nothing is kept yet, of this conversation and of others: it is once something is said. */
  #isFresh = false;
  #flow: PublishedFlow | undefined;
  #snapshot: Snapshot | undefined;
  /** The entry link of this page. */
  #link: string | undefined;
  /** What it tells, where it holds. */
  #entry: Entry | undefined;
  /** The snapshot as the store has it; another tab may have brought it further. */
  #stored: Snapshot | undefined;
  #shown: Partial<Shown> = {};
  /** What that was made of. */
  #source: readonly [Snapshot, ConsentQuestion | undefined] | undefined;
  #status: ConversationStatus = 'idle';
  #hasChanged = false;
  #isWaiting = false;
  /** Tells what the site wants told besides, where it wants anything. */
  #telling: Telling | undefined;
  #language: Language | undefined;
  #words: Words | undefined;
  /** The submission that this tab made last. */
  #made: string | undefined;
  #tabs: Tabs | undefined;
  #stopListening: (() => void) | undefined;
  #cancelDeadline: (() => void) | undefined;
  #stopWaiting: (() => void) | undefined;
  #patience: Promise<void> | undefined;
  /** Events are applied one after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(host: ConversationHost, ports: ConversationPorts) {
    this.#host = host;
    this.#ports = ports;
    ports.consent.listen((news) => this.#heedConsent(news));
    ports.visitor.listen(
      () => this.#end(),
      () => this.#hurry(),
    );
    host.addController(this);
  }

  hostConnected(): void {
    this.#stopListening = this.#ports.listenToPage((event) => {
      if (event === 'leaving') this.#flush();
      else this.#goOn();
    });
    this.#tabs = this.#ports.connectTabs((news) => this.#hear(news));
    this.#telling?.connect();
    this.#eachOutbox((outbox) => outbox.connect());
    this.#goOn();
    if (this.#snapshot?.awaiting !== undefined) this.#awaitVerdict(this.#snapshot.awaiting);
  }

  hostDisconnected(): void {
    this.#stopListening?.();
    this.#tabs?.disconnect();
    this.#tabs = undefined;
    this.#eachOutbox((outbox) => outbox.disconnect());
    this.#telling?.disconnect();
    this.#cancelDeadline?.();
    this.#stopWaiting?.();
  }

  /** The widget's own, once they are there. */
  get words(): Words | undefined {
    return this.#words;
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

  /** Nothing, until the conversation is there. The same until that changes: who shows it can tell by that. */
  get shown(): Partial<Shown> {
    if (this.#isEnding) return {};
    const asked = this.#asked;
    const [by, askedBy] = this.#source ?? [];
    if (this.#flow && this.#snapshot && (by !== this.#snapshot || askedBy !== asked)) {
      this.#source = [this.#snapshot, asked];
      this.#shown = shownOf(this.#flow, this.#snapshot, asked, this.#happening());
    }
    return this.#shown;
  }

  /** Goes on where the visitor was, or starts. Where the relay cannot be reached the status is `failed`. */
  begin(flow: string, locale: string, loadingLocale: Promise<Locale>): Promise<void> {
    this.#show('loading');
    this.#cancelDeadline?.();
    // It is awaited below; until then nobody else looks after it.
    loadingLocale.catch(() => undefined);
    return this.#enqueue(async () => {
      // Who is signed in may be somebody else than the one whose conversation is kept.
      await this.#ports.visitor.ready();
      const { fetchFlow, loadRepertoire, entryLink, forgetEntryLink, heed, consent } = this.#ports;
      let link = await entryLink(flow);
      let published = await fetchFlow(flow, locale, link);
      const { site } = published;
      await consent.heed(site?.consent);
      heed(site);
      if (link === undefined && site && (link = await entryLink(flow, site)) !== undefined) {
        published = await fetchFlow(flow, locale, link);
      }
      // What is told or sent of the start tells them, and a branch may go by them at once. An entry link may have led to another flow.
      const needsTags =
        !asksFirst(published) || !!site?.events?.[0] || JSON.stringify(published.nodes).includes('page.tags');
      if (needsTags) await this.#patientlyReadTags();
      const spoken = await loadingLocale;
      let { words } = spoken;
      const learn = async () => {
        ({ words } = await spoken.all());
      };
      // All words are at hand before the visitor could be asked without a network. And what is shown until then may be said in them.
      const mayAsk = site?.consent ?? this.#words?.consent ?? consent.state() === 'pending';
      [this.#language] = await Promise.all([loadRepertoire(published, learn), mayAsk && learn()]);
      this.#words = words;
      await this.#connectTelling(site?.events);
      const { entry } = published;
      this.#flow = published;
      this.#link = link;
      this.#entry = entry && link !== undefined ? { ...entry, link } : undefined;
      if (link !== undefined && !entry) forgetEntryLink();
      // What falls to one visitor by chance falls to them again: then the seed is kept from the start.
      const isSplit = Object.values(published.nodes).some(({ type }) => type === 'split');
      this.#isFresh = !isSplit && !this.#keeping && (await this.#ports.isFresh());
      // An entry link may lead to another one.
      this.#stored = this.#isFresh ? undefined : await this.#readSnapshot(published.id);
      this.#snapshot = this.#stored;
      const stood = this.#stored?.node;
      await this.#resumeOrStart();
      this.#hasChanged = stood !== undefined && stood !== this.#snapshot?.node;
      const awaiting = this.#snapshot?.awaiting;
      if (awaiting !== undefined && !(await this.#hearKept(awaiting))) this.#awaitVerdict(awaiting);
      // The chat may have been taken off the page meanwhile.
      if (this.#tabs) this.#telling?.connect();
      this.#show('ready');
      void this.#patientlyReadTags();
      // At hand before the visitor could answer without a network.
      this.#ports.loadDelivery().catch(() => undefined);
    });
  }

  /** Says something to the question at hand; `flow/answer.ts` tells what each input takes. */
  answer(value: unknown): Promise<void> {
    if (this.#isEnding) return this.#work;
    const asked = this.#asked;
    if (asked) return this.#enqueue(() => this.#ports.consent.set(value === asked.yes));
    const node = this.#snapshot?.node ?? '';
    const question = this.shown.question;
    return this.#enqueue(async () => {
      if (this.#snapshot?.node !== node) return;
      await this.#ports.consent.hear(question, value);
      // What comes next may be due to be sent, with the page's tags.
      await this.#patientlyReadTags();
      await this.#apply({ type: 'answer', node, value, ...this.#happening() });
    });
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

  /** The widget's own question, while something that is to be sent waits for the visitor to let it. */
  get #asked(): ConsentQuestion | undefined {
    if (this.#snapshot?.awaiting === undefined || !this.#words) return undefined;
    return this.#ports.consent.question(this.#words.consent);
  }

  /** From here on the visitor is another one: nothing of what was said is shown to them, or counts as theirs. */
  #end(): void {
    this.#isEnding = true;
    this.#cancelDeadline?.();
    this.#host.requestUpdate();
    void this.#enqueue(async () => {
      // What is unsent goes on as whose it is.
      if (this.#outbox) this.#former.push(this.#outbox);
      this.#telling?.disconnect();
      this.#ports.visitor.renew();
      this.#outbox = this.#delivery = this.#keeping = this.#telling = undefined;
      this.#flow = this.#snapshot = this.#stored = this.#entry = undefined;
      this.#link = this.#made = this.#source = undefined;
      this.#shown = {};
      this.#patience = undefined;
      this.#isFresh = this.#isWaiting = this.#hasChanged = this.#isEnding = false;
      this.#show('idle');
    });
  }

  #heedConsent(news?: News): void {
    const awaiting = this.#snapshot?.awaiting;
    this.#patience = undefined;
    if (news) this.#tell(news);
    if (awaiting !== undefined) this.#awaitVerdict(awaiting);
    // What was kept before is known only now, and who they are.
    this.#goOn();
    void this.#enqueue(async () => this.#telling?.comeBack());
    fire(this.#host, 'parley-consent', {});
    this.#host.requestUpdate();
  }

  async #connectTelling(events: readonly Told[] = []): Promise<void> {
    this.#telling?.disconnect();
    this.#telling = undefined;
    if (events.length === 0) return;
    // Where it cannot be had, that costs the events, and nothing else.
    const connect = await this.#ports.loadTelling().catch(() => undefined);
    this.#telling = connect?.({
      events,
      current: () => this.#flow && this.#snapshot && [this.#flow, this.#snapshot],
      happening: () => this.#happening(),
      moved: () => void this.#enqueue(() => this.#apply({ type: 'resume', ...this.#happening() })),
    });
  }

  readonly #tell = (news: News) => this.#tabs?.tell(news);

  readonly #flush = () => this.#eachOutbox((outbox) => void outbox.flush());

  #eachOutbox(run: (outbox: Outbox) => void): void {
    if (this.#outbox) run(this.#outbox);
    this.#former.forEach(run);
  }

  /** Whatever it was that kept it from being sent. An attempt that is under way may fail by it still, so another one follows. */
  #hurry(): void {
    if (!this.#tabs) return;
    const flush = (outbox: Outbox) => {
      outbox.connect();
      return outbox.flush();
    };
    this.#eachOutbox((outbox) => void flush(outbox).then(() => flush(outbox)));
  }

  #surroundings(): Surroundings {
    const before = this.#snapshot?.entry;
    // By one that does not hold nobody is of the cohort of an earlier one.
    const isStill = this.#link === undefined || before?.link === this.#link;
    const entry = this.#entry ?? (isStill ? before : undefined);
    return { ...this.#ports.readSurroundings(), ...(entry && { entry }) };
  }

  #happening(): Happening {
    return {
      time: new Date(this.#ports.clock()).toISOString(),
      surroundings: this.#surroundings(),
      language: this.#language as Language,
    };
  }

  #enqueue(step: () => Promise<unknown>): Promise<void> {
    this.#work = this.#work.then(step).then(
      () => undefined,
      (error: unknown) => {
        console.warn('Parley could not go on with the conversation.', error);
        this.#show('failed');
        fire(this.#host, 'parley-error', { reason: 'unreachable', detail: String(error) });
      },
    );
    return this.#work;
  }

  /** What keeps and delivers, connected once. Rejects where it cannot be had. */
  #keep(): Promise<ConversationDelivery> {
    return (this.#keeping ??= this.#ports.loadDelivery().then(
      (connect) => {
        const delivery = connect();
        this.#outbox = this.#createOutbox(delivery, delivery, {
          settled: (verdicts) => delivery.isOver() || void this.#settled(verdicts),
          waiting: (isWaiting) => {
            if (!delivery.isOver()) this.#wait(isWaiting);
            else if (!isWaiting) void delivery.settle().catch(() => undefined);
          },
        });
        this.#delivery = delivery;
        this.#isFresh = false;
        // It may have been taken off the page meanwhile.
        if (this.#tabs) {
          this.#outbox.connect();
          this.#flush();
        }
        void this.#deliverOwed(delivery);
        return delivery;
      },
      (error: unknown) => {
        this.#keeping = undefined;
        throw error;
      },
    ));
  }

  #createOutbox(delivery: ConversationDelivery, way: Way, listener: OutboxListener): Outbox {
    const { clock, random, setTimer, isOnline } = this.#ports;
    const { createOutbox, isAllowed } = delivery;
    const { store, relay, tryLock } = way;
    return createOutbox({
      store,
      send: (claimed) => relay.send(claimed),
      listener,
      ports: { clock, random, setTimer, tryLock, isOnline, isAllowed, tell: this.#tell },
      owner: this.#draw(),
    });
  }

  /** What earlier visitors have left. Where it cannot be had now, there is another time. */
  async #deliverOwed(delivery: ConversationDelivery): Promise<void> {
    const ways = await delivery.owed().catch(() => []);
    for (const way of ways) {
      const outbox = this.#createOutbox(delivery, way, {
        settled: () => undefined,
        waiting: (isWaiting) => void (isWaiting || way.settle().catch(() => undefined)),
      });
      this.#former.push(outbox);
      if (this.#tabs) outbox.connect();
      void outbox.flush();
    }
  }

  /** Another tab may have gone on with it meanwhile, or an earlier page have left something to send. */
  #goOn(told?: Snapshot): void {
    if (this.#keeping) {
      this.#catchUp(told);
      this.#flush();
      if (this.#delivery) void this.#deliverOwed(this.#delivery);
    } else this.#wake(told).catch(() => undefined);
  }

  async #wake(told?: Snapshot): Promise<void> {
    if ((await this.#ports.isFresh()) || !this.#tabs) return;
    await this.#keep();
    this.#catchUp(told);
  }

  /** Where they do not come, that costs the tags, and nothing else. */
  #patientlyReadTags(): Promise<void> {
    return (this.#patience ??= new Promise((resolve) => {
      const cancel = this.#ports.setTimer(resolve, PATIENCE);
      this.#stopWaiting = () => {
        cancel();
        resolve();
      };
      void this.#ports.readTags().then(this.#stopWaiting);
    }));
  }

  async #readSnapshot(flow: string): Promise<Snapshot | undefined> {
    return (await this.#keep()).store.readSnapshot(flow, this.#ports.clock());
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
    const verdict = await (await this.#keep()).store.readVerdict(id);
    if (!verdict) return false;
    await this.#apply({ type: 'verdict', verdict, ...this.#happening() });
    return true;
  }

  async #start(): Promise<void> {
    if (!this.#flow) return;
    const seed = await this.#keepSeed();
    await this.#commit((flow) =>
      startConversation(flow, { conversation: this.#draw(), seed }, this.#happening()),
    );
  }

  /** The seed of this browser. */
  async #keepSeed(): Promise<string> {
    const seed = this.#draw();
    return this.#isFresh ? seed : (await this.#keep()).store.keepSeed(seed);
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
      const isDenied = this.#ports.consent.state() === 'denied';
      const plain = step(this.#flow, this.#snapshot);
      const told = plain && !isDenied ? this.#telling?.add(this.#flow, this.#snapshot, plain) : undefined;
      const [walked, effects = []] = told ?? plain ?? [];
      if (!walked || (walked === this.#snapshot && walked.entry?.link === entry?.link)) break;
      // By which link they came holds on, on the pages that follow too.
      const next = entry ? { ...walked, entry } : walked;
      const made = effects.map(({ submission }) => submission);
      const due = made.find(({ id }) => id === next.awaiting);
      const question = due && this.#isAsking(due.node) ? due : undefined;
      // What is told beside a question is at its node, too.
      const submissions = isDenied ? [] : made.filter((each) => each !== question);
      // Nothing has been said yet.
      const isLater = this.#isFresh && next.step === 1 && submissions.length === 0;
      const kept = this.#delivery;
      const delivery = isLater ? undefined : await this.#keep();
      // That would be kept as the next one's.
      if (this.#isEnding && !kept) break;
      // That may have taken its time.
      if ((this.#ports.consent.state() === 'denied') !== isDenied) continue;
      if (submissions.length > 0) delivery?.rememberUnsent(true);
      const commit: Commit = {
        previous: this.#stored,
        next,
        submissions,
        isOver: isOver(this.#flow, next),
        now: this.#ports.clock(),
      };
      if (!delivery || (await delivery.store.commit(commit))) {
        const moves = movesOf(this.#flow, this.#snapshot, next, this.#host.values);
        this.#snapshot = next;
        if (delivery) {
          this.#stored = next;
          this.#tell({ type: 'moved', snapshot: next });
        }
        // Once more: what was sent meanwhile has taken it back.
        if (submissions.length > 0) delivery?.rememberUnsent(true);
        if (due) {
          this.#made = due.id;
          this.#awaitVerdict(due.id);
        }
        // An action that is due has gone with that, and all beside it.
        if (submissions.length > 0 && due === question) this.#flush();
        for (const move of moves) fire(this.#host, ...move);
        break;
      }
      await this.#readStored(next);
    }
    // As long as it is loading it is shown once, when all is there.
    if (this.#status !== 'loading') this.#host.requestUpdate();
  }

  /** Another tab went on with this conversation, or the browser's storage was cleared or failed. */
  async #readStored(next: Snapshot): Promise<void> {
    this.#stored = await this.#readSnapshot(next.flow);
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
      const { told: _, page: __, ...rest } = this.#snapshot;
      this.#snapshot = { ...rest, conversation: this.#draw() };
    }
  }

  #hear(news: News): void {
    this.#outbox?.hear(news);
    this.#telling?.hear(news);
    this.#ports.consent.obey(news);
    this.#ports.visitor.obey(news);
    if (news.type !== 'moved' || news.snapshot.flow !== this.#flow?.id) return;
    this.#goOn(news.snapshot);
  }

  /** @param told where another tab says that it went: at its end it is stored without what was said */
  #catchUp(told?: Snapshot): void {
    if (!this.#flow) return;
    const { id } = this.#flow;
    void this.#enqueue(async () => {
      const stored = await this.#readSnapshot(id);
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
    const { setTimer, consent } = this.#ports;
    const deadline = this.#delivery?.relay.deadline() ?? 0;
    if (consent.state() === 'denied') this.#judge(id, 'error');
    // Where nobody knows yet whether it may be sent, the visitor is asked, and takes their time. And off the page nobody waits.
    if (consent.state() !== 'allowed' || !this.#tabs) return;
    const node = this.#snapshot?.node;
    const isAsking = this.#isAsking(node);
    this.#cancelDeadline = setTimer(() => this.#judge(id, isAsking ? 'error' : 'queued'), deadline + GRACE);
    if (isAsking) void this.#ask(id);
    else this.#flush();
  }

  /** It writes nothing, and is not stored: whoever comes upon it asks anew. */
  #isAsking(id = ''): boolean {
    const node = this.#flow && nodeOf(this.#flow, id);
    return node?.type === 'action' && !!node.asks;
  }

  async #ask(id: string): Promise<void> {
    const [flow, snapshot] = [this.#flow, this.#snapshot];
    const delivery = await this.#keep().catch(() => undefined);
    if (!flow || snapshot?.awaiting !== id) return;
    const verdict = await delivery?.ask(submissionAt(flow, snapshot, this.#happening()));
    if (verdict) void this.#settled([verdict]);
    else this.#judge(id, 'error');
  }

  async #settled(verdicts: readonly Verdict[]): Promise<void> {
    for (const verdict of verdicts) {
      if (this.#snapshot?.awaiting === verdict.id) this.#cancelDeadline?.();
      const { id, outcome, next } = verdict;
      // A lifecycle event: nobody said it.
      if (id.split('.').length > 2) continue;
      await this.#enqueue(() => this.#apply({ type: 'verdict', verdict, ...this.#happening() }));
      fire(this.#host, 'parley-outcome', { submission: id, outcome });
      if (outcome === 'error' && next === undefined) {
        fire(this.#host, 'parley-error', {
          reason: 'undeliverable',
          detail: `Submission ${id} was given up`,
        });
      }
    }
  }

  #wait(isWaiting: boolean): void {
    if (this.#isWaiting !== isWaiting) this.#host.requestUpdate();
    this.#isWaiting = isWaiting;
    this.#delivery?.rememberUnsent(isWaiting);
    const awaited = this.#snapshot?.awaiting;
    if (awaited !== undefined) {
      // What another tab has made may be on its way there. And what waits is never a question: that is kept nowhere.
      const isOurs = awaited === this.#made && !this.#isAsking(this.#snapshot?.node);
      if (isWaiting && isOurs) this.#judge(awaited, 'queued');
      else if (!isWaiting) void this.#enqueue(() => this.#hearKept(awaited));
    }
  }

  /** The widget's own verdict. `queued`: kept, and delivered later. `error`: the visitor does not let it be sent. */
  #judge(id: string, outcome: 'queued' | 'error'): void {
    this.#cancelDeadline?.();
    void this.#enqueue(async () => {
      // It may have come to another tab.
      if (await this.#hearKept(id)) return;
      await this.#apply({ type: 'verdict', verdict: { id, outcome }, ...this.#happening() });
      fire(this.#host, 'parley-outcome', { submission: id, outcome });
    });
  }

  #show(status: ConversationStatus): void {
    this.#status = status;
    this.#host.requestUpdate();
  }
}
