/**
 * Forwards the chats' events to a list that a tag manager reads, such as Google Tag Manager's `dataLayer`: fetched where the page names
 * one. What a tag manager hears it may keep and pass on, so nothing is told before the visitor lets anything be kept, and nothing afterwards
 * of what was before.
 */
import type { Told } from './events.ts';
import type { ParleyChat } from './parley-chat.ts';

const TYPES: readonly Told[0][] = [
  'parley-open',
  'parley-close',
  'parley-answer',
  'parley-branch',
  'parley-outcome',
  'parley-end',
  'parley-handoff',
  'parley-error',
  'parley-consent',
];

/**
 * What is forwarded of an event, where it has it. Each is named each time, since a tag manager remembers what it was told once. The id of a
 * submission is the visitor's own, and the detail of an error may be anything.
 */
const FIELDS = ['node', 'field', 'input', 'value', 'next', 'kind', 'outcome', 'name', 'reason'];

/** The script and an element may both ask for it. */
const forwarded = new WeakSet<Event>();

const isChat = (target: EventTarget): target is ParleyChat =>
  target instanceof HTMLElement && target.localName === 'parley-chat';

/**
 * @param name of the global list; it is made where there is none
 * @param signal ends it
 * @param target where the events are heard: a chat, or the page for all of its chats
 */
export function connectDataLayer(
  name: string,
  signal = new AbortController().signal,
  target: EventTarget = document,
): void {
  const lists = window as unknown as Record<string, unknown>;
  const tell = (chat: ParleyChat | undefined, event: Event) => {
    if (forwarded.has(event) || chat?.consentState !== 'allowed') return;
    const list = (lists[name] ??= []);
    if (!Array.isArray(list)) return;
    forwarded.add(event);
    const told = FIELDS.map((field) => [`parley_${field}`, Reflect.get(event, field)] as const);
    list.push({ event: event.type.replace('-', '_'), parley_flow: chat.flow, ...Object.fromEntries(told) });
  };
  const hear = (event: Event) => tell(event.composedPath().find(isChat), event);
  for (const type of TYPES) target.addEventListener(type, hear, { signal });
  // It was opened before this was there.
  if (isChat(target) && target.floating && target.opened) tell(target, new Event('parley-open'));
}
