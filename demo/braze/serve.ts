/** The emulator over HTTP on Node, and its file if it is to have one. */
import { createAdaptorServer } from '@hono/node-server';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEmulator, type Emulator, type EmulatorOptions } from './emulator.ts';
import { createProfileKeeper, holdFile, readProfileFile, type ProfileKeeper } from './profile-file.ts';
import { startTimer } from './timer.ts';

export interface ServeOptions extends Omit<EmulatorOptions, 'onProfiles'> {
  /** 0 takes any free port. */
  readonly port: number;
  /** `127.0.0.1` by default: what it holds is no one else's business. */
  readonly hostname?: string;
  /**
   * Keeps the profiles of all workspaces, for this emulator alone: taken from it at the start if it is there, written after
   * changes. By default none is. What goes wrong with it meanwhile is told to `onProblem`.
   */
  readonly file?: string;
}

export interface EmulatorServer {
  /** Without a slash at the end, e.g. `http://127.0.0.1:8789`. */
  readonly url: string;
  readonly emulator: Emulator;
  /**
   * Stops listening and ends every connection, streams and held answers included. What was accepted is settled, and with a
   * file it is in it afterwards; rejects if it cannot be written.
   */
  readonly close: () => Promise<void>;
}

/**
 * Serves an emulator over HTTP on Node. Rejects with the socket's error, `EADDRINUSE` for a port that is taken, and with a
 * `ProfileFileError` for a file that is not one of the emulator's, which is left as it is, that another emulator has, or that
 * cannot be written.
 */
export async function serveEmulator(options: ServeOptions): Promise<EmulatorServer> {
  const { port, hostname = '127.0.0.1', file } = options;
  const { emulator, finish, abandon } =
    file === undefined ? withoutFile(options) : await withFile(file, options);
  const server = createAdaptorServer({ fetch: emulator.app.fetch, overrideGlobalObjects: false }) as Server;
  await listening(server, port, hostname).catch(async (error: unknown) => {
    await abandon();
    throw error;
  });
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  const { port: boundPort } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${String(boundPort)}`,
    emulator,
    async close() {
      await closed(server);
      emulator.settle();
      await finish();
    },
  };
}

interface Kept {
  readonly emulator: Emulator;
  /** Writes what is not written yet, and lets others have the file. */
  readonly finish: () => Promise<void>;
  /** Lets others have the file, which is as it was. */
  readonly abandon: () => Promise<void>;
}

function withoutFile(options: ServeOptions): Kept {
  const nothing = (): Promise<void> => Promise.resolve();
  return { emulator: createEmulator(options), finish: nothing, abandon: nothing };
}

async function withFile(named: string, options: ServeOptions): Promise<Kept> {
  const { path, giveBack } = await holdFile(named);
  try {
    const { emulator, keeper } = await restored(path, options);
    return { emulator, finish: () => keeper.close().finally(giveBack), abandon: giveBack };
  } catch (error) {
    await giveBack();
    throw error;
  }
}

async function restored(
  path: string,
  options: ServeOptions,
): Promise<{ readonly emulator: Emulator; readonly keeper: ProfileKeeper }> {
  const before = await readProfileFile(path);
  let isRestored = false;
  const emulator = createEmulator({
    ...options,
    onProfiles: () => {
      if (isRestored) keeper.handleChange();
    },
  });
  const keeper = createProfileKeeper({
    path,
    // A workspace that is not there this time is there the next time.
    contents: () =>
      new Map([...before, ...emulator.workspaces.map((name) => [name, emulator.profiles(name)] as const)]),
    startTimer: options.startTimer ?? startTimer,
    onProblem: options.onProblem ?? ((problem) => console.error(problem.message)),
  });
  for (const name of emulator.workspaces) emulator.restore(before.get(name) ?? [], name);
  isRestored = true;
  return { emulator, keeper };
}

function listening(server: Server, port: number, hostname: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, hostname, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Called twice it is closed already, which is what was asked for.
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
