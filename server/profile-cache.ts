/**
 * Profiles that were read a moment ago, in the memory of the process and nowhere else
 * (docs/decisions/0036-profiles-are-read-together-and-kept-in-memory.md).
 */
import type { ShownProfile } from './braze/profile-export.ts';
import type { EnvironmentName } from './config.ts';
import type { Ports } from './ports.ts';

/** What is kept of somebody: their profile, or that Braze does not know them. */
export type KnownProfile = Exclude<ShownProfile, { readonly type: 'unclear' }>;

/** Somebody in one workspace. */
export interface Person {
  readonly environment: EnvironmentName;
  readonly externalId: string;
}

export interface ProfileCache {
  /**
   * @param fields a name for those that were asked for
   * @param maxAge milliseconds: what was read longer ago is not found
   */
  find(person: Person, fields: string, maxAge: number): KnownProfile | undefined;
  /** With a `maxAge` of 0 nothing is kept. Where there is no room, who was kept first gives way. */
  keep(person: Person, fields: string, known: KnownProfile, maxAge: number): void;
  /** All that is kept of them. */
  forget(person: Person): void;
  /** All that is kept of that workspace. */
  forgetAll(environment: EnvironmentName): void;
  /** Keeps nothing, and waits for nothing. */
  close(): void;
}

/** How much is kept of all together. */
export interface Room {
  readonly entries: number;
  /** Of JSON, in UTF-16 units: the heap has some three times as much for it. */
  readonly characters: number;
}

/** Twice those who come within a minute at the busiest (the bench), each with 1,600 characters. */
const ROOM: Room = { entries: 20_000, characters: 32_000_000 };

/** Milliseconds between two sweeps, at least: what is over is not found, and stays for so much longer in memory. */
const SWEEP_EVERY = 1_000;

interface Entry {
  readonly known: KnownProfile;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly until: number;
  readonly characters: number;
}

export function createProfileCache(
  { clock, setTimer }: Pick<Ports, 'clock' | 'setTimer'>,
  room: Room = ROOM,
): ProfileCache {
  /** Of each person by the fields, who was kept first first. */
  const people = new Map<string, Map<string, Entry>>();
  let entries = 0;
  let characters = 0;
  let sweeping: { readonly at: number; readonly cancel: () => void } | undefined;
  let isClosed = false;

  const drop = (name: string, of: Map<string, Entry>, fields: string) => {
    const entry = of.get(fields);
    if (!entry) return;
    entries -= 1;
    characters -= entry.characters;
    of.delete(fields);
    if (of.size === 0) people.delete(name);
  };

  const dropAll = (name: string, of: Map<string, Entry>) => {
    for (const fields of of.keys()) drop(name, of, fields);
  };

  /** A clock may be set back. */
  const isOver = ({ at, until }: Entry, now: number) => now >= until || now < at;

  const sweep = () => {
    sweeping = undefined;
    const now = clock();
    let next = Infinity;
    for (const [name, of] of people)
      for (const [fields, entry] of of) {
        if (isOver(entry, now)) drop(name, of, fields);
        else next = Math.min(next, entry.until);
      }
    if (next < Infinity) sweepIn(next - now);
  };
  const sweepIn = (milliseconds: number) => {
    const pause = Math.max(SWEEP_EVERY, milliseconds);
    const at = clock() + pause;
    if (sweeping && sweeping.at <= at) return;
    sweeping?.cancel();
    sweeping = { at, cancel: setTimer(sweep, pause) };
  };

  return {
    find(person, fields, maxAge) {
      const entry = people.get(nameOf(person))?.get(fields);
      if (!entry) return undefined;
      const now = clock();
      return isOver(entry, now) || now - entry.at >= maxAge ? undefined : entry.known;
    },
    keep(person, fields, known, maxAge) {
      const name = nameOf(person);
      const before = people.get(name);
      if (before) drop(name, before, fields);
      const size = name.length + (known.type === 'found' ? JSON.stringify(known.profile).length : 0);
      if (isClosed || maxAge <= 0 || size > room.characters) return;
      const at = clock();
      const of = people.get(name) ?? new Map<string, Entry>();
      people.delete(name);
      people.set(name, of);
      of.set(fields, { known, at, until: at + maxAge, characters: size });
      entries += 1;
      characters += size;
      for (const [first, theirs] of people) {
        if (entries <= room.entries && characters <= room.characters) break;
        dropAll(first, theirs);
      }
      sweepIn(maxAge);
    },
    forget(person) {
      const name = nameOf(person);
      const of = people.get(name);
      if (of) dropAll(name, of);
    },
    forgetAll(environment) {
      for (const [name, of] of people) if (name.startsWith(prefixOf(environment))) dropAll(name, of);
    },
    close() {
      isClosed = true;
      sweeping?.cancel();
      people.clear();
      entries = 0;
      characters = 0;
    },
  };
}

const prefixOf = (environment: EnvironmentName): string => `${environment}/`;

const nameOf = ({ environment, externalId }: Person): string => `${prefixOf(environment)}${externalId}`;
