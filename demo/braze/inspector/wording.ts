/** The inspector's words for what the emulator holds. Pure. */
import type { Fault } from '../faults.ts';
import type { JournalEntry } from '../journal.ts';
import type { Profile } from '../profiles.ts';
import type { EntrySummary } from '../summaries.ts';

/** All that says who somebody is: a profile, or its summary. */
type Person = Pick<Profile, 'external_id' | 'user_aliases' | 'standard'>;

/** What to call a person: their name, else what is closest to one. */
export function nameOf({ standard, external_id: id, user_aliases: [alias] }: Person): string {
  const name = [standard['first_name'], standard['last_name']]
    .filter((part) => typeof part === 'string')
    .join(' ');
  const address = standard['email'] ?? standard['phone'];
  return name || (typeof address === 'string' ? address : (id ?? alias?.alias_name ?? 'Nameless'));
}

/** By what the person is known, in one line, without repeating what {@link nameOf} says. */
export function identityOf(profile: Person): string {
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

export function isAnonymous(profile: Person): boolean {
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

/** What is in the arrays of a request's body, by the array's name. */
const goods: ReadonlyMap<string, readonly [one: string, many?: string]> = new Map([
  ['attributes', ['profile update']],
  ['events', ['event']],
  ['purchases', ['purchase']],
  ['user_aliases', ['alias', 'aliases']],
  ['aliases_to_identify', ['alias to identify', 'aliases to identify']],
  ['emails_to_identify', ['e-mail to identify', 'e-mails to identify']],
  ['phone_numbers_to_identify', ['phone to identify', 'phones to identify']],
  ['merge_updates', ['merge']],
  ['external_ids', ['external_id']],
  ['braze_ids', ['braze_id']],
  ['recipients', ['recipient']],
  ['fields_to_export', ['field']],
]);

/** What a request carried: "2 profile updates, 1 event". */
export function cargoText(cargo: EntrySummary['cargo']): string {
  if (!cargo) return 'nothing that can be read';
  const parts = Object.entries(cargo)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => {
      const [one, many] = goods.get(name) ?? [name, name];
      return counted(count, one, many);
    });
  return parts.join(', ') || 'no lists';
}

const verdicts = {
  accepted: 'Accepted',
  partial: 'Accepted in part',
  refused: 'Refused',
  fault: 'Fault on demand',
} as const;

export function verdictText({ verdict }: Pick<JournalEntry, 'verdict'>): string {
  return verdicts[verdict];
}

/** The status as people say it: the code, or that there was no answer. */
export function statusText({ status }: Pick<JournalEntry, 'status'>): string {
  return status === 0 ? 'none' : String(status);
}

/** What the emulator does while a fault is set, as one sentence. */
export function faultText(fault: Fault): string {
  const where = fault.path === undefined ? '' : `At ${fault.path}: `;
  const left = fault.times === undefined ? '' : ` (${counted(fault.times, 'more time')})`;
  return `${where}${faultDeed(fault)}${left}.`;
}

function faultDeed(fault: Fault): string {
  switch (fault.kind) {
    case 'status':
      return `requests are answered with ${String(fault.status)}, and nothing is stored`;
    case 'slow':
      return `requests are processed at once and answered after ${seconds(fault.ms)}`;
    case 'hold':
      return 'requests are processed at once and not answered until you change this';
    case 'errors':
      return 'requests are answered with 201 and an error on some of their objects';
    case 'lost':
      return 'requests are processed, and the connection is cut before the answer';
    case 'malformed':
      return 'requests are processed and answered with something that is not JSON';
    case 'reset':
      return fault.when === 'before'
        ? 'the connection is reset before anything is processed'
        : 'requests are processed, and the connection is reset in the middle of the answer';
    case 'throttle':
      return `no more than ${counted(fault.limit, 'request')} every ${seconds(fault.window ?? 3000)} are let through`;
    case 'skew':
      return `the emulator’s clock is ${seconds(Math.abs(fault.ms))} ${fault.ms < 0 ? 'behind' : 'ahead'}`;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toLocaleString('en')} s`;
}
