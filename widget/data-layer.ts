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
  'parley-visitor',
];

/**
 * What is forwarded of an event, where it has it. Each is named each time, since a tag manager remembers what it was told once. The id of a
 * submission is the visitor's own, and the detail of an error may be anything.
 */
const FIELDS = [
  'node',
  'field',
  'input',
  'value',
  'next',
  'kind',
  'outcome',
  'name',
  'reason',
  'verdict',
  'change',
];

/** The name of the list may change, and come and go. */
const connected = new WeakSet<ParleyChat>();

/**
 * Forwards to the list that the chat names by then, and nothing while it names none. A list that is not there is made.
 * @param chat may be connected more than once
 */
export function connectDataLayer(chat: ParleyChat): void {
  if (connected.has(chat)) return;
  connected.add(chat);
  const lists = window as unknown as Record<string, unknown>;
  const tell = (event: Event) => {
    const { dataLayer } = chat;
    if (dataLayer === null || chat.consentState !== 'allowed') return;
    const list = (lists[dataLayer || 'dataLayer'] ??= []);
    if (!Array.isArray(list)) return;
    const told = FIELDS.map((field) => [`parley_${field}`, Reflect.get(event, field)] as const);
    list.push({ event: event.type.replace('-', '_'), parley_flow: chat.flow, ...Object.fromEntries(told) });
  };
  for (const type of TYPES) chat.addEventListener(type, tell);
  // It was opened before this was there.
  if (chat.floating && chat.opened) tell(new Event('parley-open'));
}
