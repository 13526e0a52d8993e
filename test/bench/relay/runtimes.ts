/** How the relay is started on each runtime, and what store it has there. */
import { join } from 'node:path';
import { startChild } from '../../relay/child.ts';
import { COMMANDS } from '../../runtimes/relay-process.ts';
import { serve, type Benched, type BenchedPlace, type StartBenched } from './served.ts';
import type { WorkerdStart } from './workerd-process.ts';

interface BenchedRuntime {
  readonly start: StartBenched;
  /** In words. */
  readonly store: string;
}

const SQLITE = 'SQLite in a file, synchronous=FULL';

const byCommand = (name: keyof typeof COMMANDS): BenchedRuntime => ({
  store: SQLITE,
  start: (place) => serve({ ...place, command: COMMANDS[name], store: join(place.folder, 'relay.db') }),
});

const RUNTIMES: Readonly<Record<string, BenchedRuntime>> = {
  node: byCommand('node'),
  deno: byCommand('deno'),
  bun: byCommand('bun'),
  workerd: { store: 'SQLite in Durable Objects, 8 shards (wrangler.jsonc)', start: startWorkerd },
};

async function startWorkerd({ settings, folder }: BenchedPlace): Promise<Benched> {
  const child = startChild('./workerd-process.ts', import.meta.url);
  const url = await child.ask<string>('start', {
    settings,
    folder: join(folder, 'objects'),
  } satisfies WorkerdStart);
  return {
    url,
    cpu: () => Promise.resolve(NaN),
    close: async () => {
      await child.ask('close');
      await child.kill();
    },
  };
}

/** @throws where it is none */
export function readRuntime(name: string): BenchedRuntime {
  const runtime = Object.hasOwn(RUNTIMES, name) ? RUNTIMES[name] : undefined;
  if (runtime !== undefined) return runtime;
  throw new Error(`--runtime has "${name}"; it should be of ${Object.keys(RUNTIMES).join(', ')}.`);
}
