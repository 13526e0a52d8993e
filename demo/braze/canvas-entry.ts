/**
 * Action-based delivery: a Canvas that people enter by a custom event of theirs. Pure.
 * Sources: `user_guide/messaging/canvas/create_a_canvas`, `…/create_a_canvas/context_and_event_properties`,
 * `user_guide/messaging/messaging_fundamentals/re_eligibility`.
 *
 * The emulator has no target audience and no entry window: whoever performs the event enters.
 */
import type { ProfileEvent } from './events.ts';
import { isObject, type JsonObject } from './json.ts';
import type { Sendable } from './settings.ts';
import type { ActionEntry, CanvasEntry } from './write.ts';

/** The trigger "Perform Custom Event" of a Canvas. */
export interface EntryEvent {
  /** Name of the custom event. */
  readonly event: string;
  /** Property filters: values that properties of the event must equal. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
  /** "Allow users to re-enter this Canvas". Without it somebody enters once and never again. */
  readonly reentry?: boolean;
}

/** An entry that an event asks for. Whether the person may enter is seen when it is applied. */
export interface ActionBasedEntry {
  readonly entry: ActionEntry;
  readonly reentry: boolean;
}

/** Is it what the settings may say of how a Canvas is entered? */
export function isEntryEvent(value: unknown): value is EntryEvent {
  if (!isObject(value)) return false;
  const { event, properties, reentry, ...others }: JsonObject = value;
  return (
    typeof event === 'string' &&
    event !== '' &&
    (properties === undefined || (isObject(properties) && Object.values(properties).every(isPlain))) &&
    (reentry === undefined || typeof reentry === 'boolean') &&
    Object.keys(others).length === 0
  );
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The properties of the event become the context of the entry (`context_and_event_properties`). */
export function entriesBy(
  { name, time, properties }: ProfileEvent,
  canvases: readonly Sendable[],
): readonly ActionBasedEntry[] {
  return canvases.flatMap(({ id, state = 'active', entry }) => {
    if (state !== 'active' || entry?.event !== name || !fits(properties, entry)) return [];
    return {
      entry: { canvas_id: id, event: name, time, context: properties },
      reentry: entry.reentry ?? false,
    };
  });
}

function fits(properties: JsonObject, { properties: wanted = {} }: EntryEvent): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => Object.hasOwn(properties, name) && properties[name] === value,
  );
}

/** "By default … only once"; with re-entry "one trigger per user, per second" (`re_eligibility`). */
export function isAdmitted({ entry, reentry }: ActionBasedEntry, before: readonly CanvasEntry[]): boolean {
  const earlier = before.filter(({ canvas_id: id }) => id === entry.canvas_id);
  if (!reentry) return earlier.length === 0;
  return earlier.every(({ time }) => secondOf(time) !== secondOf(entry.time));
}

/** Of a time in ISO 8601 with milliseconds. */
function secondOf(time: string): string {
  return time.slice(0, '2026-03-01T12:00:00'.length);
}
