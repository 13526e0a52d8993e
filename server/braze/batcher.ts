/**
 * Submissions of many visitors share requests. Nagle-like (RFC 896): where nothing is under way one leaves at once; under load it
 * waits for company, no longer than the linger. The submissions of a visitor keep their order, and one request of a visitor is
 * under way at a time.
 */
import type { Ports } from '../ports.ts';

/** What the batcher has to know of a submission. */
export interface Batchable {
  readonly key: string;
  readonly visitor: string;
  /** Key of the one that it corrects: what became of that has to be known first. */
  readonly corrects?: string;
  /** At most; bytes of UTF-8. Without objects it needs no request, and waits for nothing but those before it. */
  readonly size: { readonly attributes: number; readonly events: number; readonly bytes: number };
  /** It shares a request with nobody: a request of several was refused for one of them. */
  readonly goesAlone: boolean;
  /** A visitor waits for it: it goes before those that nobody waits for. */
  readonly isAwaited: boolean;
}

/** What a request may carry. */
export interface BatchLimits {
  readonly objects: number;
  /** Whether `objects` are those of the request, or of each of its arrays (contracts of before, `api/api_limits`). */
  readonly per: 'request' | 'array';
  readonly bytes: number;
  readonly submissions: number;
}

/** May a request leave? */
export type Permit<Pass> =
  /** `isProbe`: one submission, to see. */
  | { readonly type: 'go'; readonly isProbe: boolean; readonly pass: Pass }
  | { readonly type: 'wait'; readonly milliseconds: number }
  /** Not within the time that anybody waits. */
  | { readonly type: 'shut' };

export interface BatcherOptions<Item, Pass> {
  readonly limits: () => BatchLimits;
  /** Milliseconds. */
  readonly linger: number;
  /** Requests that may be under way at a time. */
  readonly concurrency: number;
  /** Asked before each request. Never rejects. */
  readonly permit: () => Promise<Permit<Pass>>;
  /**
   * Takes a request's submissions away: none, if those that were there when the permit was asked for have been taken out since.
   * Their visitors have nothing else under way until it resolves. Never rejects.
   * @param pass `undefined` for those that need no request
   */
  readonly leave: (batch: readonly Item[], pass: Pass | undefined) => Promise<void>;
  /** What waits is to be put away: it is not in the batcher any more. */
  readonly shut: (waiting: readonly Item[]) => void;
  readonly ports: Pick<Ports, 'clock' | 'setTimer'>;
}

export interface Batcher<Item> {
  add(item: Item): void;
  /** Before what its visitor has waiting: they were taken, and have not left. In the order of their line. */
  putBack(items: readonly Item[]): void;
  /** Takes it and what its visitor has waiting behind it out, if it has not left. */
  takeOut(item: Item): readonly Item[];
  /** All that a visitor has waiting. */
  takeLine(visitor: string): readonly Item[];
  takeAll(): readonly Item[];
  /** Looks again, where something may have changed: a gate has opened. */
  stir(): void;
  readonly waiting: number;
  readonly inFlight: number;
}

/** Those that do not fit into what is left of a request may be many: a few are tried, then it leaves. */
const MISFITS = 20;

/** Milliseconds after which those that nobody waits for go first for once: a busy relay would never get to them. */
const LONG_WAIT = 1_000;

/** What a visitor has waiting, in order. */
interface Line<Item> {
  readonly visitor: string;
  readonly items: Item[];
  /** When the first of them came, or became the first. */
  since: number;
}

export function createBatcher<Item extends Batchable, Pass>({
  limits,
  linger,
  concurrency,
  permit,
  leave,
  shut,
  ports: { clock, setTimer },
}: BatcherOptions<Item, Pass>): Batcher<Item> {
  const lines = new Map<string, Line<Item>>();
  /** Lines of visitors who have nothing under way, in the order in which they came: those that somebody waits for, and the others. */
  const awaited = new Set<Line<Item>>();
  const others = new Set<Line<Item>>();
  /** Lines that begin with what needs no request. */
  const free = new Set<Line<Item>>();
  const busy = new Set<string>();
  let waiting = 0;
  let inFlight = 0;
  let isAsking = false;
  let isPaused = false;
  let alarm: { readonly at: number; readonly cancel: () => void } | undefined;

  /** Puts a line where it belongs, after a change of its items or of what its visitor has under way. */
  const place = (line: Line<Item>) => {
    if (line.items.length === 0) lines.delete(line.visitor);
    const home = homeOf(line);
    for (const set of [free, awaited, others]) if (set !== home) set.delete(line);
    home?.add(line);
  };

  const homeOf = ({ items, visitor }: Line<Item>): Set<Line<Item>> | undefined => {
    const [head] = items;
    if (!head || busy.has(visitor)) return undefined;
    if (isWeightless(head)) return free;
    return items.some((item) => item.isAwaited) ? awaited : others;
  };

  const lineOf = (visitor: string): Line<Item> => {
    const line = lines.get(visitor) ?? { visitor, items: [], since: clock() };
    lines.set(visitor, line);
    return line;
  };

  const insert = (visitor: string, items: readonly Item[], start: number) => {
    const line = lineOf(visitor);
    line.items.splice(start, 0, ...items);
    waiting += items.length;
    place(line);
  };

  const takeFrom = (line: Line<Item> | undefined, start: number, count = Infinity): readonly Item[] => {
    if (!line || start < 0) return [];
    const taken = line.items.splice(start, count);
    waiting -= taken.length;
    line.since = clock();
    place(line);
    return taken;
  };

  const isFull = (): boolean => {
    const room = createRoom(limits());
    for (const set of [awaited, others]) {
      for (const { items } of set) for (const { size } of items) if (!room.add(size)) return true;
    }
    return room.isFull();
  };

  const pick = (isProbe: boolean): readonly Item[] => {
    const room = createRoom(isProbe ? { ...limits(), submissions: 1 } : limits());
    const batch: Item[] = [];
    let isWhole = (): boolean => room.isFull();
    const fits = (item: Item) => {
      if (batch.length > 0) {
        return !item.goesAlone && !batch.some(({ key }) => key === item.corrects) && room.add(item.size);
      }
      // Alone it goes whatever its size: what is too much for Braze, Braze says.
      if (!room.add(item.size) || item.goesAlone) isWhole = () => true;
      return true;
    };
    let misfits = 0;
    const [longest] = others;
    const isOverdue = longest !== undefined && clock() - longest.since > LONG_WAIT;
    for (const set of isOverdue ? [others, awaited] : [awaited, others]) {
      for (const line of set) {
        let count = 0;
        for (const item of line.items) {
          if (isWhole() || !fits(item)) break;
          batch.push(item);
          count += 1;
        }
        if (count < line.items.length) misfits += 1;
        if (count > 0) {
          busy.add(line.visitor);
          takeFrom(line, 0, count);
        }
        if (isWhole() || misfits > MISFITS) return batch;
      }
    }
    return batch;
  };

  /** Milliseconds until a request is worth its while. */
  const patience = (): number => {
    if (inFlight === 0 || isFull()) return 0;
    const [oldest = others.values().next().value] = awaited;
    // Neither longer than the linger where the clock was set back.
    return Math.min(linger, Math.max(0, (oldest?.since ?? clock()) + linger - clock()));
  };

  const wakeIn = (milliseconds: number) => {
    const at = clock() + milliseconds;
    if (alarm && alarm.at <= at) return;
    alarm?.cancel();
    const cancel = setTimer(() => {
      alarm = undefined;
      pump();
    }, milliseconds);
    alarm = { at, cancel };
  };

  const pause = (milliseconds: number) => {
    isPaused = true;
    setTimer(() => {
      isPaused = false;
      pump();
    }, milliseconds);
  };

  const releaseFree = () => {
    for (const line of free) {
      const count = line.items.findIndex((item) => !isWeightless(item));
      busy.add(line.visitor);
      void run(takeFrom(line, 0, count < 0 ? Infinity : count), undefined);
    }
  };

  const pump = (): void => {
    releaseFree();
    if (isPaused || isAsking || inFlight >= concurrency || awaited.size + others.size === 0) return;
    const wait = patience();
    if (wait > 0) {
      wakeIn(wait);
      return;
    }
    isAsking = true;
    void permit().then((permitted) => {
      isAsking = false;
      if (permitted.type === 'shut') {
        shut(takeAll());
        return;
      }
      if (permitted.type === 'wait') pause(permitted.milliseconds);
      else void run(pick(permitted.isProbe), permitted.pass);
      pump();
    });
  };

  const run = async (batch: readonly Item[], pass: Pass | undefined) => {
    if (pass !== undefined) inFlight += 1;
    await leave(batch, pass);
    if (pass !== undefined) inFlight -= 1;
    for (const { visitor } of batch) {
      busy.delete(visitor);
      const line = lines.get(visitor);
      if (line) place(line);
    }
    pump();
  };

  const takeAll = () => [...lines.values()].flatMap((line) => takeFrom(line, 0));

  return {
    add(item) {
      insert(item.visitor, [item], Infinity);
      pump();
    },
    putBack(items) {
      for (const visitor of new Set(items.map((item) => item.visitor))) {
        insert(
          visitor,
          items.filter((item) => item.visitor === visitor),
          0,
        );
      }
    },
    takeOut(item) {
      const line = lines.get(item.visitor);
      return takeFrom(line, line?.items.indexOf(item) ?? -1);
    },
    takeLine: (visitor) => takeFrom(lines.get(visitor), 0),
    takeAll,
    stir() {
      isPaused = false;
      pump();
    },
    get waiting() {
      return waiting;
    },
    get inFlight() {
      return inFlight;
    },
  };
}

type Size = Batchable['size'];

function isWeightless({ size: { attributes, events } }: Batchable): boolean {
  return attributes + events === 0;
}

/** What is left of a request. */
function createRoom({ objects, per, bytes, submissions }: BatchLimits) {
  let left = { attributes: objects, events: objects, bytes, submissions };
  const fit = () => {
    const { attributes, events } = left;
    const isWithin = per === 'request' ? attributes + events >= objects : attributes >= 0 && events >= 0;
    return isWithin && left.bytes >= 0 && left.submissions >= 0;
  };
  return {
    /** Takes it in if it fits. */
    add(size: Size): boolean {
      const before = left;
      left = {
        attributes: left.attributes - size.attributes,
        events: left.events - size.events,
        bytes: left.bytes - size.bytes,
        submissions: left.submissions - 1,
      };
      if (fit()) return true;
      left = before;
      return false;
    },
    /** Not even the smallest fits. */
    isFull: (): boolean => {
      const { attributes, events } = left;
      const isOut = per === 'request' ? attributes + events <= objects : attributes <= 0 && events <= 0;
      return isOut || left.bytes <= 0 || left.submissions <= 0;
    },
  };
}
