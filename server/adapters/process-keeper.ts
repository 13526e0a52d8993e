/** Keeps so many processes of one relay: whichever ends is started again. */
import type { Ports } from '../ports.ts';
import type { Answers, Order, Question } from './process-messages.ts';
import { watchPulse } from './process-pulse.ts';

/** One that was started. */
export interface StartedProcess {
  readonly pid: number | undefined;
  /** Resolves with the relay's address once it takes connections. */
  readonly listening: Promise<string>;
  /** Never rejects: one that could not be started at all has ended too. */
  readonly ended: Promise<ProcessEnd>;
  /** What comes to one that has ended is dropped. */
  tell(order: Order): void;
  /** Resolves with `undefined` where there is no answer in time. */
  ask<About extends Question['about']>(
    question: Question & { readonly about: About },
  ): Promise<Answers[About] | undefined>;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

export interface ProcessEnd {
  /** Its exit code, or `null` where it did not end by itself. */
  readonly code: number | null;
  /** The signal that has ended it, or what the system said where it could not be started (`EAGAIN`). */
  readonly cause: string | null;
}

export interface ProcessKeeper {
  /**
   * Starts the first one alone, so that what is wrong is said once and the store is made once; then the others.
   * @returns the relay's address, or `undefined` where the first one has ended instead: it has said why
   */
  start(): Promise<string | undefined>;
  /** Those that take connections. */
  running(): readonly NumberedProcess[];
  tellAll(order: Order): void;
  /** How often one has ended that should not have, by its number. */
  ends(): ReadonlyMap<number, number>;
  /** Resolves where there is no hope, for each ends as soon as it starts: when the last one has ended. */
  readonly givenUp: Promise<void>;
  /** Lets all of them end in good order, and who does not in time at once. @returns whether each did in good order */
  close(): Promise<boolean>;
  /** Ends all of them at once, whatever they do. */
  readonly kill: () => void;
}

export interface NumberedProcess {
  /** From 1. */
  readonly number: number;
  readonly process: StartedProcess;
  /** It has not answered lately: nobody should wait for its answer. */
  readonly isSilent: boolean;
}

export interface KeeperOptions {
  readonly count: number;
  readonly start: (number: number) => StartedProcess;
  /** Milliseconds that one which closes is waited for. */
  readonly closingTime: () => number;
  /** Milliseconds that never go back. */
  readonly clock: () => number;
  readonly setTimer: Ports['setTimer'];
  readonly log: Ports['log'];
}

/** Milliseconds after which one that takes connections is well: what is wrong with its settings, its store or its port it has met by then. */
const SETTLED = 1_000;

/** Milliseconds before the second start in a row of one that ends at once; twice as many each time, and no more than the longest. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;

/** Milliseconds after which an end is none in a row: what ends a process again and again, as a submission that it stumbles over, does so sooner. */
const STEADY = 30_000;

/** Milliseconds for the start of one that joins others: a second or two, and many times that where the machine is busy. */
const LONGEST_START = 60_000;

/** Ends at once in a row, of each of them while none takes connections, after which it is given up: whoever started the relay has to know. */
const MOST_IN_VAIN = 5;

interface Slot {
  readonly number: number;
  process: StartedProcess | undefined;
  listeningSince: number | undefined;
  isSilent: boolean;
  /** Ends at once, in a row. */
  inVain: number;
  /** Ends before it was steady, in a row. */
  early: number;
  ends: number;
}

export function createProcessKeeper({
  count,
  start,
  closingTime,
  clock,
  setTimer,
  log,
}: KeeperOptions): ProcessKeeper {
  const slots = Array.from({ length: count }, (_, index): Slot => ({
    number: index + 1,
    process: undefined,
    listeningSince: undefined,
    isSilent: false,
    inVain: 0,
    early: 0,
    ends: 0,
  }));
  let giveUp = (): void => undefined;
  const givenUp = new Promise<void>((resolve) => (giveUp = resolve));
  const pauses = new Set<() => void>();
  let hasBegun = false;
  let isClosing = false;
  let isInOrder = true;

  const running = () =>
    slots.flatMap(({ number, process, listeningSince, isSilent }) =>
      process && listeningSince !== undefined ? [{ number, process, isSilent }] : [],
    );

  /** Where the system has no room for one more, those that run go on. */
  const attempt = (slot: Slot): StartedProcess | undefined => {
    try {
      return start(slot.number);
    } catch (error) {
      heed(slot, { code: null, cause: causeOf(error) });
      return undefined;
    }
  };

  /** @returns resolves when it takes connections, or has ended: its address, or `undefined` */
  const run = (slot: Slot): Promise<string | undefined> => {
    const started = attempt(slot);
    if (!started) return Promise.resolve(undefined);
    slot.process = started;
    // The first one may have a store to make anew from that of another release, and as long as with one process.
    let stopWatching = hasBegun
      ? setTimer(
          () => killHung(slot, 'It does not come to the end of its start, and is killed.'),
          LONGEST_START,
        )
      : () => undefined;
    const listening = started.listening.then((url) => {
      hasBegun = true;
      slot.listeningSince = clock();
      stopWatching();
      stopWatching = watchPulse(started, {
        setTimer,
        found: (isSilent) => (slot.isSilent = isSilent),
        hung: () => killHung(slot, 'It has not answered for half a minute, and is killed.'),
      });
      log({ level: 'info', event: 'process_started', process: slot.number, pid: started.pid });
      return url;
    });
    const ended = started.ended.then((end) => {
      stopWatching();
      heed(slot, end);
      return undefined;
    });
    return Promise.race([listening, ended]);
  };

  const kill = () => {
    for (const { process } of slots) process?.kill();
  };

  const killHung = ({ number, process }: Slot, advice: string) => {
    log({ level: 'error', event: 'process_hung', process: number, pid: process?.pid, advice });
    process?.kill();
  };

  const allEnded = () => Promise.all(slots.flatMap(({ process }) => process?.ended ?? []));

  const isOver = () => isClosing || !hasBegun;

  const stop = () => {
    isClosing = true;
    for (const cancel of pauses) cancel();
  };

  const heed = (slot: Slot, { code, cause }: ProcessEnd) => {
    const since = slot.listeningSince;
    const pid = slot.process?.pid;
    slot.process = undefined;
    slot.listeningSince = undefined;
    slot.isSilent = false;
    // One that takes no connections yet has nothing to finish.
    if (isClosing && (code === 0 || since === undefined)) return;
    // The first one has said why it does not start, where it could.
    if (!hasBegun && code !== null) return;
    slot.ends += 1;
    isInOrder = false;
    const life = since === undefined ? 0 : clock() - since;
    slot.inVain = life < SETTLED ? slot.inVain + 1 : 0;
    slot.early = life < STEADY ? slot.early + 1 : 0;
    const pause = pauseAfter(life, slot);
    log({
      level: 'error',
      event: 'process_ended',
      process: slot.number,
      pid,
      status: cause ?? String(code),
      ...(!isOver() && { milliseconds: pause, advice: 'It is started again after so long.' }),
    });
    if (isOver()) return;
    if (slots.every((each) => each.inVain >= MOST_IN_VAIN) && running().length === 0) {
      stop();
      // Those that are starting would take connections while nobody starts them again.
      kill();
      void allEnded().then(giveUp);
      return;
    }
    const cancel = setTimer(() => {
      pauses.delete(cancel);
      void run(slot);
    }, pause);
    pauses.add(cancel);
  };

  return {
    async start() {
      const [first, ...others] = slots as [Slot, ...Slot[]];
      const url = await run(first);
      if (url !== undefined && !isClosing) await Promise.all(others.map(run));
      return url;
    },
    running,
    tellAll(order) {
      for (const { process } of slots) process?.tell(order);
    },
    ends: () => new Map(slots.map(({ number, ends }) => [number, ends])),
    givenUp,
    async close() {
      stop();
      isInOrder = true;
      for (const { process, listeningSince } of slots)
        if (listeningSince === undefined) process?.kill();
        else process?.tell({ type: 'close' });
      const cancel = setTimer(() => {
        for (const slot of slots) if (slot.process) killHung(slot, 'It does not close, and is killed.');
      }, closingTime());
      await allEnded();
      cancel();
      return isInOrder;
    },
    kill,
  };
}

/** No pause is longer than what it interrupts: one that serves for a while each time serves half of the time. */
function pauseAfter(life: number, { inVain, early }: Pick<Slot, 'inVain' | 'early'>): number {
  const before = inVain > 0 ? inVain : early - 1;
  if (before <= 0) return 0;
  const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (before - 1));
  return inVain > 0 ? pause : Math.min(pause, Math.floor(life));
}

/** What the system calls it. */
export function causeOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
}
