/** New settings for a relay that runs: what of them holds from now on, and what only after the next start. */
import { ConfigError, parseConfig, type ConfigSources, type RelayConfig } from '../config.ts';
import type { FlowSource } from '../flows/lint/source.ts';
import { FlowError, loadFlows } from '../flows/load.ts';
import { createRedaction } from '../redaction.ts';
import type { Flow } from '../../widget/contract/flow.ts';

/** Everything that is wrong with the new settings and flows, one a line. The relay goes on with those of before. */
export class ReloadError extends Error {
  override readonly name = 'ReloadError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The relay goes on as before:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * @param known secrets of the settings of before: no flow may have one of them either, and no mistake repeats one
 * @throws {ReloadError} with the mistakes of the settings and of the flows
 */
export function readReload(
  sources: ConfigSources,
  flows: readonly FlowSource[],
  known: readonly string[],
): { readonly config: RelayConfig; readonly flows: readonly Flow[] } {
  const problems: string[] = [];
  const secrets = new Set(known);
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError || error instanceof FlowError)) throw error;
      problems.push(...error.problems);
      if (error instanceof ConfigError) for (const secret of error.secrets()) secrets.add(secret);
      return undefined;
    }
  };
  const config = attempt(() => parseConfig(sources));
  for (const secret of config?.secrets() ?? []) secrets.add(secret);
  const loaded = attempt(() => loadFlows(flows, [...secrets]));
  if (config === undefined || loaded === undefined)
    throw new ReloadError(problems.map(createRedaction(() => [...secrets])));
  return { config, flows: loaded };
}

export interface ReloadedConfig {
  /** What holds from now on. */
  readonly config: RelayConfig;
  /** Names of what is new, e.g. `prod key`, `sites`. No values. */
  readonly changed: readonly string[];
  /** Names of what is new and holds only after the next start. */
  readonly atNextStart: readonly string[];
}

/** Delivery is made with these, and goes on while everything else is replaced. */
const FIXED = [
  'organization',
  'brazeTimeout',
  'linger',
  'concurrency',
  'batching',
  'inDoubtEvents',
  'changesOnly',
  'spoolLimit',
  'retention',
] as const;

export function reloadConfig(before: RelayConfig, next: RelayConfig): ReloadedConfig {
  const { sessionSecret, previousSessionSecret } = before;
  const kept = Object.fromEntries(FIXED.map((name) => [name, before[name]])) as Pick<
    RelayConfig,
    (typeof FIXED)[number]
  >;
  const changes = changesOf(before, next);
  const namesOf = (isFixed: boolean) =>
    changes.filter((each) => each.isFixed === isFixed).map(({ name }) => name);
  const hasNewSecret = String(sessionSecret()) !== String(next.sessionSecret());
  // Only where what the present one has signed holds on: else every visitor who has been here would be a stranger, and that not by the way.
  const isRotated = hasNewSecret && String(next.previousSessionSecret?.()) === String(sessionSecret());
  const isStranger = hasNewSecret && !isRotated;
  const hasSamePrevious = String(previousSessionSecret?.()) === String(next.previousSessionSecret?.());
  return {
    config: {
      ...next,
      ...kept,
      ...(isStranger && { sessionSecret, previousSessionSecret }),
      // Requests that have begun end with those of before.
      secrets: () => [...new Set([...before.secrets(), ...next.secrets()])],
    },
    changed: [
      ...(isRotated ? ['SESSION_SECRET'] : []),
      ...(isStranger || hasSamePrevious ? [] : ['SESSION_SECRET_PREVIOUS']),
      ...namesOf(false),
      ...(sitesOf(before) === sitesOf(next) ? [] : ['sites']),
      ...(before.entryLinkKey?.() === next.entryLinkKey?.() ? [] : ['ENTRY_LINK_KEY']),
      ...(['deadline', 'flowMaxAge'] as const).filter((name) => before[name] !== next[name]),
      ...(['limits', 'trustedProxies'] as const).filter((name) => !isDeepEqual(before[name], next[name])),
      ...(secretsOf(before) === secretsOf(next) ? [] : ['secrets of challenges']),
    ],
    atNextStart: [
      ...namesOf(true),
      ...FIXED.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(next[name])),
      ...(isStranger ? ['SESSION_SECRET'] : []),
    ],
  };
}

/** Which parts of which environments are new. */
function changesOf(before: RelayConfig, next: RelayConfig) {
  const names = new Set([...before.environments.keys(), ...next.environments.keys()]);
  return [...names].flatMap((name): readonly { readonly name: string; readonly isFixed: boolean }[] => {
    const [old, now] = [before.environments.get(name), next.environments.get(name)];
    if (old === undefined || now === undefined) return [{ name, isFixed: false }];
    const parts = [
      { part: 'key', isNew: old.key() !== now.key(), isFixed: false },
      { part: 'endpoint', isNew: old.endpoint !== now.endpoint, isFixed: false },
      // What was counted was counted against those.
      { part: 'objects', isNew: !isDeepEqual(old.objects, now.objects), isFixed: true },
      { part: 'requests', isNew: !isDeepEqual(old.requests, now.requests), isFixed: true },
      { part: 'exports', isNew: !isDeepEqual(old.exports, now.exports), isFixed: true },
    ];
    return parts
      .filter(({ isNew }) => isNew)
      .map(({ part, isFixed }) => ({ name: `${name} ${part}`, isFixed }));
  });
}

function isDeepEqual(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function sitesOf({ origins }: RelayConfig): string {
  return JSON.stringify(
    [...origins].map(([origin, { environment, ...owner }]) => [origin, environment.name, owner]),
  );
}

function secretsOf({ origins }: RelayConfig): string {
  return JSON.stringify([...origins.values()].map(({ challenge }) => challenge?.secret()));
}
