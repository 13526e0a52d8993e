/** The whole thing on one machine: the emulator, the pages, and the relay between them. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { serveRelay, type NodeOptions, type RunningRelay } from '../server/adapters/node.ts';
import type { Emulator } from './braze/emulator.ts';
import { serveEmulator } from './braze/serve.ts';
import { servePages } from './pages.ts';

/** 0 takes any free port. */
export interface DemoPorts {
  readonly relay: number;
  readonly pages: number;
  readonly braze: number;
}

export interface Demo {
  readonly relayUrl: string;
  readonly pagesUrl: string;
  readonly brazeUrl: string;
  readonly emulator: Emulator;
  /** The REST API key that the relay has of the emulator. */
  readonly key: string;
  stopRelay(): Promise<void>;
  /** The same relay again, at the same port. It has forgotten what it kept in memory. */
  startRelay(): Promise<void>;
  close(): Promise<void>;
}

/** A port that another program holds. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

/** Where each part's port comes from, for the message when it is taken. */
const VARIABLES = { relay: 'PORT', pages: 'PAGES_PORT', braze: 'BRAZE_PORT' } as const;

/** @throws {PortTakenError} naming the port, and the variable that moves it */
export async function startDemo(ports: DemoPorts, log?: NodeOptions['log']): Promise<Demo> {
  const key = randomBytes(18).toString('base64url');
  const sessionSecret = randomBytes(32).toString('base64url');
  const opened: (() => Promise<void>)[] = [];
  const open = async <T extends { close(): Promise<void> }>(
    part: keyof DemoPorts,
    starting: Promise<T>,
  ): Promise<T> => {
    try {
      const running = await starting;
      opened.push(() => running.close());
      return running;
    } catch (error) {
      await closeAll();
      throw isTaken(error) ? taken(part, ports[part]) : error;
    }
  };
  const closeAll = async () => {
    await Promise.all(opened.splice(0).map((close) => close()));
  };

  const braze = await open(
    'braze',
    serveEmulator({
      port: ports.braze,
      hostname: 'localhost',
      keys: [{ key, permissions: ['users.track'] }],
      inspectorScript: () => readFile('build/demo/inspector.js', 'utf8').catch(() => undefined),
    }),
  );
  let relay: RunningRelay | undefined;
  const pages = await open(
    'pages',
    servePages(ports.pages, () => relay?.url ?? ''),
  );

  const start = async (port: number) => {
    relay = await serveRelay({
      settings: {
        organization: 'TarnAndTor',
        environments: { sandbox: { endpoint: braze.url } },
        sites: { 'tarn-and-tor': { sandbox: [pages.url] } },
      },
      env: { BRAZE_SANDBOX_KEY: key, SESSION_SECRET: sessionSecret, PARLEY_DEVELOPMENT: '1' },
      flows: [
        { source: 'welcome.json', json: await readJson(new URL('./flows/welcome.json', import.meta.url)) },
      ],
      assets: 'dist',
      port,
      hostname: 'localhost',
      ...(log && { log }),
    });
    return relay;
  };
  const { url: relayUrl } = await open('relay', start(ports.relay));

  return {
    relayUrl,
    pagesUrl: pages.url,
    brazeUrl: braze.url,
    emulator: braze.emulator,
    key,
    stopRelay: async () => relay?.close(),
    startRelay: async () => {
      await open('relay', start(Number(new URL(relayUrl).port)));
    },
    close: closeAll,
  };
}

async function readJson(file: URL): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

function taken(part: keyof DemoPorts, port: number): PortTakenError {
  const variable = VARIABLES[part];
  return new PortTakenError(
    `Port ${port} is taken. Set ${variable} to a free one: ${variable}=${port + 100} npm start`,
  );
}
