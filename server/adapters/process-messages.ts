/** What the process that starts the others, and those that it starts, say to each other. JSON. */
import type { EnvironmentName } from '../config.ts';
import type { FlowSource } from '../flows/lint/source.ts';
import type { Readiness } from '../readiness.ts';
import type { LogLevel } from './log.ts';
import type { Family } from './metrics.ts';

/** All that a relay is made of, as it was read once for all processes. */
export interface SharedSources {
  /** The parsed settings file. */
  readonly settings: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What stood in the files of secrets, by their paths. */
  readonly files: Readonly<Record<string, string>>;
  readonly flows: readonly FlowSource[];
}

/** What a process is started with. */
export interface StartOrder extends SharedSources {
  /** From 1. */
  readonly number: number;
  readonly assets?: readonly string[];
  /** As `--store` has it. */
  readonly store: string;
  readonly port: number;
  /** Where the relay has been since the first of them has listened. */
  readonly announced?: string;
  readonly level: LogLevel;
}

/** A person whose profile is out of date. */
export interface Forgotten {
  readonly environment: EnvironmentName;
  readonly externalId: string;
}

export type Order =
  | { readonly type: 'start'; readonly order: StartOrder }
  | { readonly type: 'reload'; readonly sources: SharedSources }
  | { readonly type: 'replace_flows'; readonly flows: readonly FlowSource[] }
  | { readonly type: 'forget'; readonly whose: Forgotten }
  | { readonly type: 'close' }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question };

/** What the keeper of the processes and the operator's port want to know. */
export type Question =
  /** Whether it hears. */
  | { readonly about: 'pulse' }
  | { readonly about: 'families'; readonly isOfStore: boolean }
  | { readonly about: 'readiness' }
  /** A page of `/flows`. @param path with its query */
  | { readonly about: 'page'; readonly path: string };

export interface Answers {
  readonly pulse: true;
  readonly families: readonly Family[];
  readonly readiness: Readiness;
  readonly page: Page;
}

export interface Page {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export type News =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'forgotten'; readonly whose: Forgotten }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answers[Question['about']] };
