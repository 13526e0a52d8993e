/** Processes that read profiles, over one store and with the hands of one clock, and the emulator in Braze's place. */
import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createEmulator, type Emulator, type Profile } from '../../demo/braze/emulator.ts';
import type { RateHeaderStyle } from '../../demo/braze/rate-limit.ts';
import type { BrazeEnvironment, EnvironmentName, PageOwner, RelayConfig } from '../../server/config.ts';
import { DEFAULT_LIMITS } from '../../server/doors/limits.ts';
import { NO_METRICS } from '../../server/metrics.ts';
import type { Room } from '../../server/profile-cache.ts';
import { createProfileReading, type ProfileRead, type ProfileReading } from '../../server/profile-reading.ts';
import { DEFAULT_RETENTION_SETTINGS, retentionOf } from '../../server/retention.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import type { Store } from '../../server/store/store.ts';
import { PROD_KEY, SANDBOX_KEY } from './relay-fixture.ts';

export const NOW = Date.parse('2026-01-15T10:00:00.000Z');

export const PERMISSION = 'users.export.ids';

/** Digests that other threads make: they take none of the clock's time, and as much of the machine's as they like. */
let digesting = 0;
const digest = crypto.subtle.digest.bind(crypto.subtle);
mock.method(crypto.subtle, 'digest', async (...asked: Parameters<typeof digest>) => {
  digesting += 1;
  try {
    return await digest(...asked);
  } finally {
    digesting -= 1;
  }
});

const ENDPOINTS: Readonly<Record<EnvironmentName, string>> = {
  sandbox: 'http://localhost:8790',
  prod: 'http://localhost:8789',
};
const KEYS: Readonly<Record<EnvironmentName, string>> = { sandbox: SANDBOX_KEY, prod: PROD_KEY };

/** A request for profiles, as it came to Braze. */
export interface ExportCall {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly ids: readonly string[];
  readonly fields: readonly string[];
  readonly status: number;
}

/** What became of a read, and after how many milliseconds. */
export interface Told {
  readonly read: ProfileRead;
  readonly waited: number;
}

export interface ProfileWorldOptions {
  /** `person-0` and so on, in either workspace. */
  readonly people?: number;
  readonly processes?: number;
  /** Milliseconds until Braze answers. */
  readonly latency?: () => number;
  readonly exports?: BrazeEnvironment['exports'];
  /** Milliseconds, by site. */
  readonly maxAges?: Readonly<Record<string, number>>;
  readonly room?: Room;
  readonly store?: Store;
  readonly rateHeaders?: RateHeaderStyle;
}

interface ReadOptions {
  /** Which of them reads. */
  readonly process?: number;
  readonly fields?: readonly string[];
  /** Milliseconds. */
  readonly wait?: number;
  readonly site?: string;
  readonly environment?: EnvironmentName;
}

export const personOf = (number: number): string => `person-${number}`;

const profileOf = (number: number, environment: EnvironmentName): Profile => ({
  braze_id: number.toString(16).padStart(24, '0'),
  external_id: personOf(number),
  user_aliases: [],
  standard: { first_name: `Ada ${number}`, email: `${number}@${environment}.example` },
  custom_attributes: { tier: number % 2 === 0 ? 'gold' : 'basic', points: number },
  events: [],
  purchases: [],
  canvas_entries: [],
  campaign_sends: [],
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
});

export function createProfileWorld({
  people = 10,
  processes = 1,
  latency = () => 40,
  exports = { limit: 250, window: 60_000 },
  maxAges = { brand: 60_000 },
  room,
  store: given,
  rateHeaders = 'epoch',
}: ProfileWorldOptions = {}) {
  let now = NOW;
  const clock = () => now;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  /** Requests that Braze works at, which takes no time of the clock's. */
  let working = 0;
  let draws = 0;
  // What is drawn as an id differs by its last bit, as all ids do: a breaker tells its states by them.
  const random = () => 0.5 + (draws += 1) / 2 ** 40;
  const setTimer = (run: () => void, milliseconds: number) => {
    const timer = { at: now + Math.max(0, milliseconds), run };
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  };
  const names = ['prod', 'sandbox'] as const;
  const emulator: Emulator = createEmulator({
    clock,
    workspaces: [workspaceOf('prod'), workspaceOf('sandbox')],
    startTimer: setTimer,
  });
  for (const name of names)
    emulator.restore(
      Array.from({ length: people }, (_, number) => profileOf(number, name)),
      name,
    );
  const calls: ExportCall[] = [];
  const log = () => undefined;
  const permissions: string[] = [];
  const store = given ?? createMemoryStore({ clock, isDurable: true });
  const fetchFromEmulator: typeof fetch = async (input, init) => {
    const at = now;
    working += 1;
    const request = new Request(input, init);
    const body = JSON.parse(init?.body as string) as { external_ids: string[]; fields_to_export: string[] };
    const response = await Promise.resolve(emulator.app.fetch(request)).finally(() => (working -= 1));
    calls.push({ at, ids: body.external_ids, fields: body.fields_to_export, status: response.status });
    await new Promise<void>((resolve) => void setTimer(resolve, latency()));
    return response;
  };

  const environmentOf = (name: EnvironmentName, key = KEYS[name]): BrazeEnvironment => ({
    name,
    endpoint: ENDPOINTS[name],
    key: () => key,
    objects: { limit: 75, per: 'request' },
    requests: { limit: 3_000, window: 3_000 },
    exports,
  });
  const settingsWith = (keys: Partial<Record<EnvironmentName, string>> = {}, ages = maxAges) => {
    const environments = new Map(names.map((name) => [name, environmentOf(name, keys[name])] as const));
    const owners = Object.entries(ages).flatMap(([site, profileMaxAge]) =>
      [...environments].map(([name, environment]): [string, PageOwner] => [
        `https://${site}.${name}.example`,
        {
          site,
          environment,
          profileMaxAge,
          published: undefined,
          events: { names: {}, abandonedAfter: 0, counts: false },
          identity: undefined,
          profile: undefined,
          challenge: undefined,
        },
      ]),
    );
    return { environments, origins: new Map(owners) };
  };
  const config: RelayConfig = {
    organization: 'BrandExample',
    ...settingsWith(),
    sessionSecret: () => new TextEncoder().encode('a secret of the tests that is long enough'),
    entryLinkKey: undefined,
    deadline: 2_500,
    brazeTimeout: 10_000,
    flowMaxAge: 60,
    linger: 15,
    concurrency: 8,
    batching: true,
    inDoubtEvents: 'resend',
    changesOnly: false,
    spoolLimit: 1_000,
    secrets: () => [],
    retention: retentionOf(DEFAULT_RETENTION_SETTINGS),
    limits: DEFAULT_LIMITS,
    trustedProxies: [],
  };
  const readings: ProfileReading[] = Array.from({ length: processes }, () =>
    createProfileReading(
      config,
      {
        refused: (environment, permission, status) =>
          permissions.push(`${environment} ${permission} ${status}`),
        granted: (environment, permission) => permissions.push(`${environment} ${permission} granted`),
        replaced: () => undefined,
      },
      {
        fetch: fetchFromEmulator,
        clock,
        setTimer,
        random,
        log,
        metrics: NO_METRICS,
        store,
      },
      room,
    ),
  );

  /** Lets everything happen that waits for no time. */
  const settle = async () => {
    for (let quiet = 0; quiet < 5; quiet = working + digesting > 0 ? 0 : quiet + 1) await setImmediate();
  };

  /** Time passes, and what is due in it happens. */
  const pass = async (milliseconds: number) => {
    const end = now + milliseconds;
    for (;;) {
      await settle();
      const [next] = timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (!next) break;
      timers = timers.filter((timer) => timer !== next);
      now = Math.max(now, next.at);
      next.run();
    }
    now = end;
    await settle();
  };

  /** A read of one of the processes, which is answered as time passes. */
  const read = async (
    number: number | string,
    {
      process = 0,
      fields = ['custom_attributes'],
      wait = 2_500,
      site = 'brand',
      environment = 'prod',
    }: ReadOptions = {},
  ): Promise<Told> => {
    const start = now;
    const externalId = typeof number === 'number' ? personOf(number) : number;
    const reading = readings[process % readings.length] as ProfileReading;
    const answer = await reading.read({ environment, site, externalId }, fields, wait);
    return { read: answer, waited: now - start };
  };

  return {
    emulator,
    calls,
    log,
    permissions,
    readings,
    store,
    settingsWith,
    settle,
    pass,
    read,
    clock,
    random,
    /** The same, once it is answered, however long that takes. */
    async answerOf(...asked: Parameters<typeof read>): Promise<ProfileRead> {
      const [, { wait = 2_500 } = {}] = asked;
      let told: Told | undefined;
      void read(...asked).then((answer) => (told = answer));
      await settle();
      if (!told) await pass(wait + 1);
      if (!told) throw new Error('It was not answered in time.');
      return told.read;
    },
    /** Milliseconds since 1970. */
    setClock: (at: number) => {
      now = at;
    },
    get waitingTimers() {
      return timers.length;
    },
  };

  function workspaceOf(name: EnvironmentName) {
    return {
      name,
      keys: [{ key: KEYS[name], permissions: [PERMISSION] }],
      rateHeaders,
    };
  }
}
