/** A process that is started after reloads holds what those hold that have lived through them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  configSourcesOf,
  holdAfterReload,
  type HeldSettings,
} from '../../server/adapters/process-sources.ts';
import { reloadConfig } from '../../server/adapters/reload.ts';
import { parseConfig, type RelayConfig } from '../../server/config.ts';
import { PROD_KEY, SANDBOX_KEY, settingsFor } from './relay-fixture.ts';

const SETTINGS = settingsFor({ sandbox: 'http://localhost:8790', prod: 'http://localhost:8789' });
const { sandbox, prod } = SETTINGS.environments;
const [FIRST, SECOND, THIRD] = ['first', 'second', 'third'].map((name) => `${name}-secret`.repeat(4));

interface Read {
  readonly settings?: object;
  readonly environments?: object;
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly env?: Readonly<Record<string, string>>;
}

function read({ settings, environments, files, env }: Read): HeldSettings {
  const contents = { '/secret': FIRST ?? '', '/previous': SECOND ?? '', ...files } as Record<string, string>;
  const sources = {
    settings: { ...SETTINGS, environments: { sandbox, prod, ...environments }, ...settings },
    env: {
      BRAZE_SANDBOX_KEY: SANDBOX_KEY,
      BRAZE_PROD_KEY: PROD_KEY,
      SESSION_SECRET_FILE: '/secret',
      PARLEY_DEVELOPMENT: '1',
      ...env,
    },
    files: contents,
    flows: [],
  };
  return { sources, config: configOf(sources) };
}

const configOf = (sources: HeldSettings['sources']) => parseConfig(configSourcesOf(sources));

const PREVIOUS = { SESSION_SECRET_PREVIOUS_FILE: '/previous' };

const CASES: readonly { readonly name: string; readonly reads: readonly Read[] }[] = [
  { name: 'what is new from now on', reads: [{}, { settings: { deadline: 1_000, flowMaxAge: 5 } }] },
  {
    name: 'a limit that was not set before',
    reads: [{}, { settings: { spoolLimit: 7, retention: { undelivered: 30 } } }],
  },
  { name: 'a limit that is not set any more', reads: [{ settings: { spoolLimit: 7 } }, {}] },
  {
    name: 'the budget of an environment, but for its endpoint',
    reads: [
      { environments: { prod: { ...prod, objects: 50 } } },
      {
        environments: {
          prod: { endpoint: 'http://localhost:9999', requests: { limit: 10, window: 1_000 } },
        },
      },
    ],
  },
  {
    name: 'a session secret that makes everybody a stranger, and a limit, twice',
    reads: [
      {},
      { files: { '/secret': SECOND }, settings: { spoolLimit: 7 } },
      { files: { '/secret': THIRD }, settings: { spoolLimit: 8, deadline: 1_000 } },
    ],
  },
  {
    name: 'session secrets that follow one another',
    reads: [
      {},
      { env: PREVIOUS, files: { '/secret': SECOND, '/previous': FIRST } },
      { env: PREVIOUS, files: { '/secret': THIRD, '/previous': SECOND } },
    ],
  },
  {
    name: 'a session secret that follows one which was not taken',
    reads: [
      { env: PREVIOUS },
      { env: PREVIOUS, files: { '/secret': THIRD } },
      { env: PREVIOUS, files: { '/secret': SECOND, '/previous': THIRD } },
      { env: PREVIOUS, files: { '/secret': SECOND, '/previous': FIRST } },
    ],
  },
];

describe('a process that is started after reloads has what the others have', () => {
  for (const { name, reads } of CASES) {
    it(`with ${name}`, () => {
      const [first, ...later] = reads.map(read) as [HeldSettings, ...HeldSettings[]];
      const newcomer = configOf(later.reduce(holdAfterReload, first).sources);
      const veteran = later.reduce((config, next) => reloadConfig(config, next.config).config, first.config);
      assert.deepEqual(shownOf(newcomer), shownOf(veteran));
    });
  }
});

/** All that a relay does by them. Delivery keeps the budgets that its environments have begun with, whatever is in the settings of after. */
function shownOf(config: RelayConfig) {
  const { environments, origins, secrets: _, entryLinkKey, ...settings } = config;
  return {
    ...settings,
    sessionSecret: String(settings.sessionSecret()),
    previousSessionSecret: settings.previousSessionSecret && String(settings.previousSessionSecret()),
    entryLinkKey: entryLinkKey?.(),
    origins: [...origins.keys()],
    environments: [...environments.values()].map(({ name, endpoint, key }) => ({
      name,
      endpoint,
      key: key(),
    })),
  };
}

describe('the budget of an environment', () => {
  it('is for who is started after reloads what it was at the start', () => {
    const budgetOf = ({ environments }: RelayConfig) =>
      [...environments.values()].map(({ objects, requests, exports }) => ({ objects, requests, exports }));
    const first = read({ environments: { prod: { ...prod, objects: 50 } } });
    const next = read({ environments: { sandbox: { ...sandbox, requests: { limit: 9, window: 1_000 } } } });
    const held = [next, next].reduce(holdAfterReload, first);
    assert.deepEqual(budgetOf(configOf(held.sources)), budgetOf(first.config));
  });
});
