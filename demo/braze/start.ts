/** `npm run braze`: the emulator by itself, until Ctrl-C. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { endpointPermissions } from './endpoint-list.ts';
import { ProfileFileError } from './profile-file.ts';
import { serveEmulator } from './serve.ts';
import { parseStartOptions, StartError, usage, type StartOptions } from './start-options.ts';

const SCRIPT = new URL('../../build/demo/inspector.js', import.meta.url);

/** What the person at the terminal can mend. */
const MENDABLE = [StartError, ProfileFileError, RangeError];

function banner(url: string, { workspaces, file, chaos }: StartOptions): string {
  const keys = workspaces.map(
    ({ name = '', keys: [only] }) =>
      `${only?.key ?? ''}   (workspace "${name}": ${only?.permissions.join(', ') ?? ''})`,
  );
  return `
  A local emulator of Braze's REST API is running. It is not Braze, and not
  affiliated with Braze. Ctrl-C ends it.

    REST endpoint   ${url}
    Inspector       ${url}/
    API key         ${keys.join('\n                    ')}
    Profiles        ${file === undefined ? 'in memory, gone when it ends (--file FILE keeps them)' : `kept in ${file}`}${
      chaos
        ? `
    Faults          by chance, seed ${chaos.seed}, ${chaos.share * 100} % of the requests`
        : ''
    }

  Try it:

    curl ${url}/users/track \\
      -H 'Authorization: Bearer ${workspaces[0].keys[0]?.key ?? ''}' \\
      -H 'Content-Type: application/json' \\
      -d '{"attributes": [{"external_id": "ana", "first_name": "Ana"}]}'
`;
}

function explain(error: unknown, { port, hostname }: StartOptions): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new StartError(
      `Port ${port} is taken. Give it a free one: npm run braze -- --port ${port + (port > 65_000 ? -100 : 100)}`,
    );
  }
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL') {
    return new StartError(
      `--host is "${hostname}"; it should be a name or address of this machine, as localhost.`,
    );
  }
  if (code === 'EACCES') return new StartError(`Port ${port} is not for everybody; give a --port from 1024.`);
  return error;
}

async function start(options: StartOptions): Promise<void> {
  const inspectorScript = () => readFile(SCRIPT, 'utf8').catch(() => undefined);
  const { url, close } = await serveEmulator({ ...options, inspectorScript }).catch((error: unknown) => {
    throw explain(error, options);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void close().catch(complain));
  console.log(banner(url, options));
}

function complain(error: unknown): void {
  if (!MENDABLE.some((Mendable) => error instanceof Mendable)) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}

try {
  const options = parseStartOptions(process.argv.slice(2), {
    env: process.env,
    permissions: endpointPermissions,
    newKey: randomUUID,
  });
  if (options) await start(options);
  else console.log(usage);
} catch (error) {
  complain(error);
}
