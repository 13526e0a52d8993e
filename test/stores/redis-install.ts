/** Debian's `redis-server` for who needs one: installed where it is missing and that is permitted. */
import { spawnSync } from 'node:child_process';

const INSTALL = 'apt-get install -y --no-install-recommends redis-server';

/** To stand behind what cannot be done. */
export const NO_REDIS_SERVER = `There is no redis-server, and it may not be installed from here. As root: ${INSTALL}`;

const isInstalled = (): boolean => spawnSync('redis-server', ['--version']).status === 0;

/** As Debian has it. Its own service is not started: each test starts what it needs. @returns whether there is one then */
export function ensureRedisServer(): boolean {
  if (isInstalled()) return true;
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const [command = '', ...args] = INSTALL.split(' ');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env });
  spawnSync(command, args, { stdio: 'inherit', env });
  return isInstalled();
}

/** Whether what runs over this store can run. Where it cannot, that is said loudly, and the process ends as one that has failed. */
export function hasServerOf(store: string): boolean {
  if (store !== 'redis' || ensureRedisServer()) return true;
  console.error(`\n!!! NOT RUN: --store redis. ${NO_REDIS_SERVER}`);
  process.exitCode = 1;
  return false;
}
