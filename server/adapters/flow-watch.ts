/** Takes up the flows of a folder as they are saved. Where lint refuses what is there, the flows of before are served on. */
import { watch } from 'node:fs';
import { lineOf } from '../flows/lint/finding.ts';
import { lintFlows, type FlowSource } from '../flows/lint/source.ts';
import { FlowError } from '../flows/load.ts';
import type { RunningRelay } from './node.ts';

export interface FlowWatchOptions {
  readonly folder: string;
  /** Reads what the folder holds now. What it throws is told as a mistake: there may be no flow left, or no folder. */
  readonly read: () => readonly FlowSource[];
  /** What was read at the start, and is served. */
  readonly flows: readonly FlowSource[];
  readonly replace: RunningRelay['replaceFlows'];
  readonly tell: (news: FlowNews) => void;
}

/** What became of a change in the folder. */
export interface FlowNews {
  /** Why the flows of before are served on, a line each in the words of `parley lint`. None where the change was taken up. */
  readonly mistakes: readonly string[];
  /** What to tell the person at the terminal, the mistakes included. */
  readonly lines: readonly string[];
}

export interface FlowWatch {
  close(): void;
}

/** Milliseconds that the files have to stay as they are: an editor empties a file, or moves it away, before it writes. */
const SETTLING_TIME = 50;

/** What is in the folder, or why that cannot be told. */
type Content = { readonly sources: readonly FlowSource[] } | { readonly trouble: string };

export function watchFlows({ folder, read, flows, replace, tell }: FlowWatchOptions): FlowWatch {
  let taken = flows;
  let hasMistakes = false;

  const refuse = (mistakes: readonly string[]) => {
    hasMistakes = true;
    tell({ mistakes, lines: [...mistakes, 'The flows of before are served on until this is mended.'] });
  };

  const takeUp = async (sources: readonly FlowSource[]) => {
    const loaded = await replace(sources);
    const isNew = ({ source, text }: FlowSource) =>
      !taken.some((before) => before.source === source && before.text === text);
    const warnings = lintFlows(sources.filter(isNew)).flatMap(({ source, findings }) =>
      findings.map((each) => lineOf(each, source)),
    );
    const revisions = sources.flatMap((each, index) =>
      isNew(each) ? [`${each.source}: taken up (revision ${loaded[index]?.revision ?? ''})`] : [],
    );
    const gone = taken.filter(({ source }) => !sources.some((each) => each.source === source));
    const lines = [
      ...(hasMistakes ? ['There are no mistakes any more.'] : []),
      ...warnings,
      ...revisions,
      ...gone.map(({ source }) => `${source}: gone, and its flow with it`),
    ];
    hasMistakes = false;
    taken = sources;
    tell({ mistakes: [], lines });
  };

  const heed = async (content: Content) => {
    try {
      if ('trouble' in content) refuse([content.trouble]);
      else await takeUp(content.sources);
    } catch (error) {
      refuse(error instanceof FlowError ? error.problems : [wordsOf(error)]);
    }
  };

  const look = (): Content => {
    try {
      return { sources: read() };
    } catch (error) {
      return { trouble: wordsOf(error) };
    }
  };

  /** Changes are heeded one after the other. */
  let work = Promise.resolve();
  const settler = createSettler({ sources: flows }, look, (content) => {
    work = work.then(() => heed(content));
  });
  const stop = watchFolder(folder, settler.stir, (error) => {
    refuse([
      `${folder} cannot be watched, so that a save is taken up with the next start: ${wordsOf(error)}`,
    ]);
  });
  // Something may have been saved since it was read.
  settler.stir();
  return {
    close: () => {
      stop();
      settler.stop();
    },
  };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @returns a function that ends it */
function watchFolder(folder: string, stir: () => void, fail: (error: unknown) => void): () => void {
  try {
    const watcher = watch(folder, stir).on('error', fail);
    return () => watcher.close();
  } catch (error) {
    // The system has no watch left to give, or the folder has just gone.
    fail(error);
    return () => undefined;
  }
}

/**
 * Looks when it is stirred, and again until it has seen the same twice.
 * @param known what needs not be told
 */
function createSettler<T>(known: T, look: () => T, tell: (content: T) => void) {
  let told = JSON.stringify(known);
  let seen: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const check = () => {
    const content = look();
    const now = JSON.stringify(content);
    timer = undefined;
    if (now !== seen) {
      seen = now;
      timer = setTimeout(check, SETTLING_TIME);
    } else {
      seen = undefined;
      if (now === told) return;
      told = now;
      tell(content);
    }
  };
  return {
    stir: () => {
      timer ??= setTimeout(check);
    },
    stop: () => clearTimeout(timer),
  };
}
