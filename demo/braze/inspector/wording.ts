/** The inspector's words for what the emulator holds. Pure. */
import type { Fault } from '../faults.ts';
import type { JournalEntry } from '../journal.ts';
import type { Profile } from '../profiles.ts';

/** What to call a person: their name, else what is closest to one. */
export function nameOf({ standard, external_id: id, user_aliases: [alias] }: Profile): string {
  const name = [standard['first_name'], standard['last_name']]
    .filter((part) => typeof part === 'string')
    .join(' ');
  const address = standard['email'] ?? standard['phone'];
  return name || (typeof address === 'string' ? address : (id ?? alias?.alias_name ?? 'Nameless'));
}

/** By what the person is known, in one line, without repeating what {@link nameOf} says. */
export function identityOf(profile: Profile): string {
  const { standard, external_id: id, user_aliases: aliases } = profile;
  const parts = [
    standard['email'],
    id,
    ...aliases.map((alias) => `${alias.alias_label}: ${alias.alias_name}`),
  ];
  const name = nameOf(profile);
  const told = parts.filter((part) => typeof part === 'string' && part !== name).join(' · ');
  return told || (id === undefined ? 'anonymous' : 'external_id');
}

export function isAnonymous(profile: Profile): boolean {
  return profile.external_id === undefined;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

const clockFormat = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dateFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** Time of day in the reader's time zone. */
export function clockTime(iso: string): string {
  return clockFormat.format(new Date(iso));
}

/** Date and time in the reader's time zone. */
export function fullTime(iso: string): string {
  return dateFormat.format(new Date(iso));
}

/** What a request carried: "2 profile updates, 1 event". */
export function cargoOf({ body }: JournalEntry): string {
  if (typeof body !== 'object' || body === null) return 'nothing that can be read';
  const arrays = body as Readonly<Record<string, unknown>>;
  const size = (name: string): number => (Array.isArray(arrays[name]) ? arrays[name].length : 0);
  const parts = [
    size('attributes') && counted(size('attributes'), 'profile update'),
    size('events') && counted(size('events'), 'event'),
    size('purchases') && counted(size('purchases'), 'purchase'),
  ];
  return parts.filter(Boolean).join(', ') || 'nothing to store';
}

const verdicts = {
  accepted: 'Accepted',
  partial: 'Accepted in part',
  refused: 'Refused',
  fault: 'Fault on demand',
} as const;

export function verdictText({ verdict }: JournalEntry): string {
  return verdicts[verdict];
}

/** The status as people say it: the code, or that there was no answer. */
export function statusText({ status }: JournalEntry): string {
  return status === 0 ? 'none' : String(status);
}

/** What the emulator does while a fault is set, as one sentence. */
export function faultText(fault: Fault): string {
  return `${faultDeed(fault)}${fault.times === undefined ? '' : ` (${counted(fault.times, 'more time')})`}.`;
}

function faultDeed(fault: Fault): string {
  switch (fault.kind) {
    case 'status':
      return `Every request is answered with ${String(fault.status)}, and nothing is stored`;
    case 'slow':
      return `Requests are stored at once and answered after ${(fault.ms / 1000).toLocaleString('en')} s`;
    case 'hold':
      return 'Requests are stored at once and not answered until you change this';
    case 'errors':
      return 'Requests are answered with 201 and an error on some of their objects';
    case 'lost':
      return 'Requests are stored, and the connection is cut before the answer';
    case 'malformed':
      return 'Requests are stored and answered with something that is not JSON';
  }
}
