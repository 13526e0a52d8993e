/** What a process is started with after a reload: what the others hold, which is not all that was read. */
import { parseConfig, type RelayConfig } from '../config.ts';
import type { SharedSources } from './process-messages.ts';
import { reloadConfig } from './reload.ts';

/** The settings that processes hold, in both forms. */
export interface HeldSettings {
  readonly sources: SharedSources;
  /** Of these sources. */
  readonly config: RelayConfig;
}

/**
 * Those that run keep what holds only after the next start of all: one that is started between has the same, or visitors would be
 * strangers to it, and its budget would be another one than theirs.
 * @throws {ConfigError} where the two do not go together
 */
export function holdAfterReload(before: HeldSettings, next: HeldSettings): HeldSettings {
  const { atNextStart } = reloadConfig(before.config, next.config);
  const keep = (sources: SharedSources, name: string): SharedSources =>
    name === 'SESSION_SECRET'
      ? withSecretsOf(before.sources, sources)
      : { ...sources, settings: withSettingOf(before.sources.settings, sources.settings, pathOf(name)) };
  const sources = atNextStart.reduce(keep, next.sources);
  return { sources, config: parseConfig(configSourcesOf(sources)) };
}

/** Files are read once, for all processes: one that starts later has what the others have. */
export function configSourcesOf({ settings, env, files }: SharedSources) {
  const readFile = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error(`${path} was not read at the start`);
    return text;
  };
  return { settings, env, readFile };
}

/** @param name as `reload.ts` has it: `spoolLimit`, or `prod requests` of an environment */
function pathOf(name: string): readonly string[] {
  const [setting = name, part] = name.split(' ');
  return part === undefined ? [setting] : ['environments', setting, part];
}

/** What was not set before is not set after. */
function withSettingOf(before: unknown, next: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return before;
  const old = (before ?? {}) as Readonly<Record<string, unknown>>;
  const { [name]: now, ...others } = (next ?? {}) as Readonly<Record<string, unknown>>;
  const kept = withSettingOf(old[name], now, rest);
  return kept === undefined ? others : { ...others, [name]: kept };
}

/** They stand in the environment then, whatever is in their files. */
function withSecretsOf(before: SharedSources, next: SharedSources): SharedSources {
  const secrets = ['SESSION_SECRET', 'SESSION_SECRET_PREVIOUS'].flatMap((name) => {
    const file = before.env[`${name}_FILE`];
    return [
      [name, file === undefined ? before.env[name] : before.files[file]],
      [`${name}_FILE`, undefined],
    ] as const;
  });
  return { ...next, env: { ...next.env, ...Object.fromEntries(secrets) } };
}
