/**
 * What Braze knows of somebody, for branches that read it: of whom a brand's backend vouches, and of nobody else. What is asked for at the same
 * time is asked for together (`profile-lane.ts`), and what was read is kept for a while (`profile-cache.ts`).
 */
import type { BrazeProfile } from './braze/profile-export.ts';
import type { EnvironmentName, RelayConfig } from './config.ts';
import type { Permissions } from './permissions.ts';
import type { Ports } from './ports.ts';
import { createProfileCache, type Room } from './profile-cache.ts';
import { createProfileLane, type ProfileLane } from './profile-lane.ts';

export type ProfileRead =
  | { readonly type: 'found'; readonly profile: BrazeProfile }
  /** Braze knows nobody by that id. */
  | { readonly type: 'unknown' }
  | { readonly type: 'not_now'; readonly reason: NotNow };

export const NOT_NOW = [
  'deadline', // nobody waits any longer: it may be known the next time
  'budget', // as many exports have left as may
  'shut', // Braze fails, or refuses the key: it is asked again now and then
  'unavailable', // no answer, or one that says that there is none
  'unreadable', // an answer that cannot be read, or shows two profiles with one id
  'too_large', // a profile that is larger than is read
  'refused', // Braze refuses what is asked for
  'fault', // a mistake of the relay's own
] as const;

/** Why it cannot be read now. */
export type NotNow = (typeof NOT_NOW)[number];

/** Whose profile, and for which site's pages. */
export interface Whose {
  readonly environment: EnvironmentName;
  readonly site: string;
  /** By a signed identity. */
  readonly externalId: string;
}

export interface ProfileReading {
  /**
   * Never rejects, and answers within `wait` milliseconds whatever Braze or the store do.
   * @param fields top-level names of an export (`EXPORT_FIELDS`): these are asked for, and no more. Who asks for the same ones shares a request
   */
  read(whose: Whose, fields: readonly string[], wait: number): Promise<ProfileRead>;
  /** Something of theirs was written, or they were erased: what is kept is out of date, and what is on its way is not kept. */
  forget(environment: EnvironmentName, externalId: string): void;
  /** From now on with these endpoints, keys and sites. What was read with another key or at another endpoint is forgotten. */
  replaceSettings(settings: Pick<RelayConfig, 'environments' | 'origins'>): void;
  /** Who waits is told, and nothing is kept. */
  close(): void;
}

export type ReadingPorts = Pick<
  Ports,
  'fetch' | 'clock' | 'setTimer' | 'random' | 'log' | 'metrics' | 'store'
>;

/** @param room of what is kept */
export function createProfileReading(
  config: RelayConfig,
  permissions: Permissions,
  ports: ReadingPorts,
  room?: Room,
): ProfileReading {
  const { metrics, setTimer } = ports;
  const cache = createProfileCache(ports, room);
  const lanes = new Map<EnvironmentName, ProfileLane>();
  let maxAges = maxAgesOf(config);

  const open = ({ environments }: Pick<RelayConfig, 'environments'>) => {
    for (const environment of environments.values()) {
      const lane = lanes.get(environment.name);
      if (!lane) {
        lanes.set(environment.name, createProfileLane({ environment, config, permissions, cache, ports }));
      } else if (lane.replace(environment)) cache.forgetAll(environment.name);
    }
    for (const [name, lane] of lanes) {
      if (environments.has(name)) continue;
      lane.close();
      lanes.delete(name);
      cache.forgetAll(name);
    }
  };
  open(config);

  const ask = (whose: Whose, fields: readonly string[], wait: number, maxAge: number) =>
    new Promise<ProfileRead>((resolve) => {
      const { environment, externalId } = whose;
      const lane = lanes.get(environment);
      if (!lane) {
        resolve({ type: 'not_now', reason: 'shut' });
        return;
      }
      const end = (read: ProfileRead) => {
        cancelTimer();
        resolve(read);
      };
      const cancelTimer = setTimer(() => {
        giveUp();
        resolve({ type: 'not_now', reason: 'deadline' });
      }, wait);
      const giveUp = lane.ask({ externalId, fields, wait, maxAge }, end);
    });

  return {
    async read(whose, fields, wait) {
      const { environment, site } = whose;
      const maxAge = maxAges.get(site) ?? 0;
      const asked = [...new Set(fields)].sort();
      const known = cache.find(whose, asked.join(), maxAge);
      const read = known ?? (await ask(whose, asked, wait, maxAge));
      metrics.profileRead(
        environment,
        read.type === 'not_now' ? read.reason : read.type,
        known !== undefined,
      );
      return read;
    },
    forget(environment, externalId) {
      cache.forget({ environment, externalId });
      lanes.get(environment)?.forget(externalId);
    },
    replaceSettings(settings) {
      maxAges = maxAgesOf(settings);
      open(settings);
    },
    close() {
      for (const lane of lanes.values()) lane.close();
      lanes.clear();
      cache.close();
    },
  };
}

/** Milliseconds, by the site. */
function maxAgesOf({ origins }: Pick<RelayConfig, 'origins'>): ReadonlyMap<string, number> {
  return new Map([...origins.values()].map(({ site, profileMaxAge }) => [site, profileMaxAge]));
}
