/** What of a workspace can be changed while the emulator runs: defaults, checks, and how it is written as JSON. */
import { isEntryEvent, type EntryEvent } from './canvas-entry.ts';
import { MAX_SEED } from './chance.ts';
import { isObject, type Judged, type JsonObject } from './json.ts';
import { undocumentedEffects, type UndocumentedEffect } from './problem.ts';
import { MAX_DELAY } from './timer.ts';

export const objectLimits = ['combined75', 'perArray75', 'combined50'] as const;
/**
 * How many objects a request to `/users/track` may hold. Three rules are documented, by contract: 75 in total over the three
 * arrays, 75 in each of them, 50 in total (`api/endpoints/user_data/post_user_track`).
 */
export type ObjectLimit = (typeof objectLimits)[number];

export const errorStyles = ['sentence', 'code'] as const;
/** What stands in `type` of an error: the sentence that clients have seen, or the code that the page lists. */
export type ErrorStyle = (typeof errorStyles)[number];

const sendableStates = ['active', 'paused', 'archived'] as const;

/** A Canvas or campaign that can be triggered through the API, or a Canvas that is entered by an event. */
export interface Sendable {
  readonly id: string;
  readonly name?: string;
  /** `active` by default. */
  readonly state?: (typeof sendableStates)[number];
  /** Of a Canvas with the entry schedule "Action-Based"; without it a request triggers it. */
  readonly entry?: EntryEvent;
}

export interface WorkspaceSettings {
  readonly objectLimit: ObjectLimit;
  readonly errorStyle: ErrorStyle;
  /**
   * What becomes of a standard field's value or an event's property that breaks a rule without a documented effect, such as
   * `"gender": "m"`. Who knows what Braze does says so here; until then a client is not to learn that such a value is fine.
   */
  readonly undocumented: UndocumentedEffect;
  /** Is `fields_to_export` required, as for accounts onboarded on or after 22 Aug 2024? */
  readonly requiresFieldsToExport: boolean;
  /** At most 300 each; what is named here is accepted and dropped (`user_guide/data/activation/blocklist_custom_data`). */
  readonly blocklist: { readonly attributes: readonly string[]; readonly events: readonly string[] };
  readonly canvases: readonly Sendable[];
  readonly campaigns: readonly Sendable[];
  /** Milliseconds from an answer to when what it accepted can be seen; 0 is at once. "10-100 ms" (`api/api_limits`). */
  readonly consistencyDelay: number;
  /**
   * A whole number from 0 lets what is accepted be seen after 0 to twice the delay, by chance but the same for the same number:
   * of two requests about one person the later one may be applied first. `null` keeps the order.
   */
  readonly shuffleSeed: number | null;
}

export const defaultSettings: WorkspaceSettings = {
  objectLimit: 'combined75',
  errorStyle: 'sentence',
  undocumented: 'refuse',
  requiresFieldsToExport: true,
  blocklist: { attributes: [], events: [] },
  canvases: [],
  campaigns: [],
  consistencyDelay: 0,
  shuffleSeed: null,
};

/** `user_guide/data/activation/blocklist_custom_data` */
const MAX_BLOCKED = 300;

/** What is wrong with the value of each setting, `undefined` if nothing is. */
const problems: Readonly<Record<keyof WorkspaceSettings, (value: unknown) => string | undefined>> = {
  objectLimit: oneOf('objectLimit', objectLimits),
  errorStyle: oneOf('errorStyle', errorStyles),
  undocumented: oneOf('undocumented', undocumentedEffects),
  requiresFieldsToExport: (value) =>
    typeof value === 'boolean' ? undefined : '"requiresFieldsToExport" is true or false.',
  blocklist: problemOfBlocklist,
  canvases: sendablesOf('canvases'),
  campaigns: sendablesOf('campaigns'),
  consistencyDelay: (value) =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_DELAY
      ? undefined
      : `"consistencyDelay" is a whole number of milliseconds from 0 to ${String(MAX_DELAY)}.`,
  shuffleSeed: (value) =>
    value === null || (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_SEED)
      ? undefined
      : `"shuffleSeed" is a whole number from 0 to ${String(MAX_SEED)}, or null to keep the order.`,
};

/** Settings out of JSON, those only that it names, or the sentence that says what would be right. */
export function parseSettings(json: unknown): Judged<Partial<WorkspaceSettings>> {
  const names = Object.keys(problems);
  if (!isObject(json)) return { problem: `Settings are an object with any of ${names.join(', ')}.` };
  for (const [name, value] of Object.entries(json)) {
    if (!isSetting(name)) return { problem: `There is no setting "${name}"; there are ${names.join(', ')}.` };
    const problem = problems[name](value);
    if (problem !== undefined) return { problem };
  }
  return { value: json };
}

function isSetting(name: string): name is keyof WorkspaceSettings {
  return Object.hasOwn(problems, name);
}

/**
 * The settings with some of them changed.
 * @throws {RangeError} saying what would be right
 */
export function settingsAfter(
  before: WorkspaceSettings,
  change: Partial<WorkspaceSettings>,
): WorkspaceSettings {
  const parsed = parseSettings(change);
  if ('problem' in parsed) throw new RangeError(parsed.problem);
  return { ...before, ...parsed.value };
}

function oneOf(name: string, known: readonly string[]): (value: unknown) => string | undefined {
  return (value) =>
    known.some((each) => each === value) ? undefined : `"${name}" is one of ${known.join(', ')}.`;
}

function problemOfBlocklist(value: unknown): string | undefined {
  const lists = isObject(value) ? Object.entries(value) : [];
  if (!(lists.length === 2 && lists.every(isBlockable))) {
    return '"blocklist" is like { "attributes": ["hobby"], "events": [] }: two lists of names.';
  }
  const tooLong = lists.find(([, list]) => list.length > MAX_BLOCKED);
  return tooLong && `"blocklist" has at most ${String(MAX_BLOCKED)} ${tooLong[0]}.`;
}

function isBlockable(entry: readonly [string, unknown]): entry is [string, readonly unknown[]] {
  const [kind, list] = entry;
  if (kind !== 'attributes' && kind !== 'events') return false;
  return Array.isArray(list) && list.every((name) => typeof name === 'string' && name !== '');
}

function sendablesOf(name: string): (value: unknown) => string | undefined {
  return (value) => {
    if (!Array.isArray(value) || !value.every(isSendable)) {
      return `"${name}" is a list like [{ "id": "welcome", "name": "Welcome", "state": "paused" }]; "state" is one of ${sendableStates.join(', ')}.`;
    }
    const odd = value.find(
      ({ entry }) => entry !== undefined && !(name === 'canvases' && isEntryEvent(entry)),
    );
    if (odd) return problemOfEntry(name, odd.id);
    const ids = value.map(({ id }) => id);
    const double = ids.find((id, index) => ids.indexOf(id) !== index);
    return double === undefined ? undefined : `"${name}" has "${double}" twice; an id is of one only.`;
  };
}

function problemOfEntry(name: string, id: string): string {
  return name === 'canvases'
    ? `"entry" of the Canvas "${id}" is like { "event": "chat_abandoned", "properties": { "flow": "weekend" }, "reentry": true }; "properties" are strings, numbers or booleans, and only "event" is required.`
    : `"campaigns" has "${id}" with an "entry"; only a Canvas is entered.`;
}

function isSendable(value: unknown): value is Sendable {
  if (!isObject(value)) return false;
  const { id, name, state }: JsonObject = value;
  const isKnown = state === undefined || sendableStates.some((known) => known === state);
  return typeof id === 'string' && id !== '' && (name === undefined || typeof name === 'string') && isKnown;
}
