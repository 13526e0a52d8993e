/** A real redis-server for tests: of its own, on a free port, with its files in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RedisServer {
  readonly port: number;
  /** With its password, where it has one. */
  readonly url: string;
  /** Ends it as a crash does, and starts it again on its files. */
  readonly restart: () => Promise<void>;
  /** As a crash does: it is not there until it is restarted. */
  readonly kill: () => Promise<void>;
  /** Ends it, and takes its files away. */
  readonly stop: () => Promise<void>;
}

/** All that the docs ask of an operator. */
const SETTINGS = [
  '--appendonly',
  'yes',
  '--appendfsync',
  'always',
  '--maxmemory-policy',
  'noeviction',
  '--save',
  '',
];

/** @param settings as redis-server takes them: `--maxmemory 10mb`, each word by itself */
export async function startRedisServer(settings: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-redis-'));
  const port = await freePort();
  const password = settings[settings.indexOf('--requirepass') + 1];
  const user = settings.includes('--requirepass') ? `:${password ?? ''}@` : '';
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, ...SETTINGS, ...settings];
  let child = await start(args);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  return {
    port,
    url: `redis://${user}127.0.0.1:${port}/0`,
    kill,
    async restart() {
      await kill();
      child = await start(args);
    },
    async stop() {
      await kill();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Resolves when it takes connections. */
async function start(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  // Whatever ends the tests ends it, too.
  process.once('exit', () => child.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${said}`)));
  });
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
