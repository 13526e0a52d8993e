/** Faults of every kind at the emulator, by chance and by seed, and what has come of them. */
import { faultKinds } from '../../demo/braze/faults.ts';
import type { Emulator } from '../../demo/braze/emulator.ts';
import { createRandom } from '../long/random.ts';

export interface Weather {
  /** Clears every fault, and lets go of what is held. */
  end(): void;
  /** Requests to Braze, by what hit them; `none` where nothing did. */
  readonly requests: ReadonlyMap<string, number>;
}

/** Of the requests. */
const SHARE = 0.2;

/** Milliseconds between two refusals of an e-mail address, at most. They let go of answers that are held, too. */
const LONGEST_CALM = 2_000;

/** Milliseconds between two looks at the journal, which holds 1,000 requests. */
const LOOK = 500;

/** Braze takes the event and not the attributes: the submission is partly accepted, and the visitor corrects it. */
const REFUSED_EMAIL = {
  kind: 'errors',
  errors: [
    {
      type: "The value provided for the 'email' field is not a valid email.",
      input_array: 'attributes',
      index: 0,
    },
  ],
  times: 1,
} as const;

export function startWeather(emulator: Emulator, seed: number): Weather {
  const random = createRandom(seed);
  const requests = new Map<string, number>();
  let last = 0;
  const look = () => {
    for (const { id, fault } of emulator.journal()) {
      if (id <= last) continue;
      const kind = fault?.kind ?? 'none';
      requests.set(kind, (requests.get(kind) ?? 0) + 1);
      last = id;
    }
  };
  emulator.setChaos({ seed, share: SHARE, kinds: faultKinds });
  const looking = setInterval(look, LOOK);
  let next: NodeJS.Timeout;
  const plan = () => {
    next = setTimeout(() => {
      emulator.setFault(REFUSED_EMAIL);
      plan();
    }, random.nat(LONGEST_CALM));
  };
  plan();
  return {
    end() {
      clearTimeout(next);
      clearInterval(looking);
      look();
      emulator.setFault(undefined);
      emulator.setChaos(undefined);
    },
    requests,
  };
}
