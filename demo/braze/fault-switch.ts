/** Which fault hits a request: the one in its header, else the one that is set, else what chaos draws. */
import { chaosFault, type Chaos } from './chaos.ts';
import type { EndpointPath } from './endpoint.ts';
import { parseFault, reaches, type Fault } from './faults.ts';
import { jsonOf, type Judged } from './json.ts';

/** The header that holds a fault for its own request, as JSON. `null` keeps every other fault off it. */
export const FAULT_HEADER = 'x-emulator-fault';

export interface Hit {
  readonly fault: Fault;
  /** Was it drawn, and not asked for? */
  readonly isDrawn: boolean;
}

export interface FaultSwitch {
  /** Sets or clears the fault. Either lets go of the answers that are held. */
  readonly set: (fault: Fault | undefined) => void;
  /** The fault with the `times` that it has left. */
  readonly current: () => Fault | undefined;
  /** Starts or ends chaos, and lets go of the answers that are held. The next request is its first. */
  readonly setChaos: (chaos: Chaos | undefined) => void;
  readonly chaos: () => Chaos | undefined;
  /** Clears the fault and starts this chaos. */
  readonly reset: (chaos: Chaos | undefined) => void;
  /**
   * What hits the next request, if anything does, or what is wrong with its header.
   *
   * @param header as it came
   */
  readonly take: (path: EndpointPath, header: string | undefined) => Judged<Hit | undefined>;
  /** Resolves when a fault is next set or cleared, or when the caller has gone away. */
  readonly hold: (caller: AbortSignal) => Promise<void>;
  /** How many answers are held now. */
  readonly held: () => number;
}

/** @param onChange called when the fault, chaos or the number of held answers has changed */
export function createFaultSwitch(onChange: () => void): FaultSwitch {
  let fault: Fault | undefined;
  let chaos: Chaos | undefined;
  /** Requests since chaos began, those included that it did not hit. */
  let number = 0;
  const held = new Set<() => void>();

  function release(): void {
    for (const letGo of held) letGo();
    onChange();
  }

  function takeSet(path: EndpointPath): Fault | undefined {
    const taken = fault;
    if (!taken || !reaches(taken, path)) return undefined;
    if (taken.times !== undefined) fault = taken.times > 1 ? { ...taken, times: taken.times - 1 } : undefined;
    return taken;
  }

  function takeDrawn(path: EndpointPath): Fault | undefined {
    const drawn = chaos && chaosFault(chaos, number);
    return drawn && reaches(drawn, path) ? drawn : undefined;
  }

  return {
    set(next) {
      fault = next;
      release();
    },
    current: () => fault,
    setChaos(next) {
      chaos = next;
      number = 0;
      release();
    },
    chaos: () => chaos,
    reset(next) {
      fault = undefined;
      chaos = next;
      number = 0;
      release();
    },
    take(path, header) {
      number += 1;
      const own = header === undefined ? undefined : faultInHeader(header);
      if (own && 'problem' in own) return own;
      if (own && !own.value) return { value: undefined };
      if (own?.value && reaches(own.value, path)) return { value: { fault: own.value, isDrawn: false } };
      const set = takeSet(path);
      if (set) return { value: { fault: set, isDrawn: false } };
      const drawn = takeDrawn(path);
      return { value: drawn && { fault: drawn, isDrawn: true } };
    },
    hold(caller) {
      return new Promise((resolve) => {
        const letGo = (): void => {
          caller.removeEventListener('abort', letGo);
          if (held.delete(letGo)) onChange();
          resolve();
        };
        // It has gone while it was judged: no event is going to tell.
        if (caller.aborted) {
          resolve();
          return;
        }
        held.add(letGo);
        caller.addEventListener('abort', letGo);
        onChange();
      });
    },
    held: () => held.size,
  };
}

function faultInHeader(header: string): Judged<Fault | undefined> {
  const parsed = parseFault(jsonOf(header));
  return 'problem' in parsed ? { problem: `The header ${FAULT_HEADER} is wrong. ${parsed.problem}` } : parsed;
}
