/** What runs in the browser: one contender at its work. `measure.ts` drives it from outside. */
import { observed, observedBefore, observeLeaving, type Observed } from './observe.ts';
import { submissionOf, type Contender, type Open, type Setup } from './contender.ts';
import { openParley } from './parley.ts';
import { openSegment } from './segment.ts';
import { openSentry } from './sentry.ts';
import { survey } from './survey.ts';
import { openWorkbox } from './workbox.ts';

const CONTENDERS = {
  parley: openParley,
  sentry: openSentry,
  workbox: openWorkbox,
  segment: openSegment,
} satisfies Record<string, Open>;

export type Name = keyof typeof CONTENDERS;

export interface Task {
  readonly conversation: string;
  /** `put`: makes submissions one after another. `settle`: delivers what is there. `both`: each before the next one is made. */
  readonly work: 'put' | 'settle' | 'both';
  /** How many at most are made. */
  readonly count: number;
  /** Milliseconds after which no more are made. */
  readonly milliseconds: number;
}

export interface Progress extends Observed {
  /** How many were made. */
  readonly made: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** When the contender said that all is done. Absent until then. */
  readonly endedAt?: number;
  /** What it threw. */
  readonly failure?: string;
}

declare global {
  interface Window {
    readonly outboxBench: {
      open(name: Name, setup: Setup): Promise<void>;
      start(task: Task): void;
      look(): Progress;
      observedBefore: typeof observedBefore;
      survey: typeof survey;
    };
  }
}

const now = () => performance.timeOrigin + performance.now();

let made = 0;
let startedAt = 0;
let endedAt: number | undefined;
let failure: string | undefined;

const look = (): Progress => ({
  ...observed(),
  made,
  startedAt,
  ...(endedAt !== undefined && { endedAt }),
  ...(failure !== undefined && { failure }),
});

let contender: Contender | undefined;

async function open(name: Name, setup: Setup): Promise<void> {
  // What some deliver, they deliver from here on.
  startedAt = now();
  contender = await CONTENDERS[name](setup);
  // Behind those of the contender.
  observeLeaving();
}

async function run({ conversation, work, count, milliseconds }: Task): Promise<void> {
  if (!contender) throw new Error('No contender is open.');
  // On a new page, what it delivers by itself it has delivered since it was opened.
  if (work !== 'settle' || made > 0) startedAt = now();
  endedAt = undefined;
  if (work === 'settle') return contender.settle();
  while (made < count && now() < startedAt + milliseconds) {
    made += 1;
    await contender.put(submissionOf(conversation, made));
    if (work === 'both') await contender.settle();
  }
}

Object.assign(window, {
  outboxBench: {
    open,
    start(task: Task) {
      run(task)
        .catch((error: unknown) => (failure = String(error)))
        .finally(() => (endedAt = now()));
    },
    look,
    observedBefore,
    survey,
  },
});
