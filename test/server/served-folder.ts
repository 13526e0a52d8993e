/** A folder with all that `parley serve` takes, and what is started there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parley, type Process } from './parley-process.ts';
import { FLOW, RELAY_ENV, settingsFor } from './relay-fixture.ts';

export interface ServedFolder {
  readonly path: string;
  /** The file of settings. */
  readonly config: string;
  /** The folder of flows: `welcome.json` is in it. */
  readonly flows: string;
  /** Of SQLite; there is none yet. */
  readonly store: string;
  /** Writes JSON, or a text as it stands, and returns the file. */
  write(name: string, content: unknown): string;
  /** `parley serve` with these arguments. @param node the program that runs it */
  serve(args: readonly string[], env?: Readonly<Record<string, string>>, node?: string): Process;
  /** Ends what was started, and removes the folder. */
  remove(): Promise<void>;
}

export function createServedFolder(brazeUrl: string): ServedFolder {
  const path = mkdtempSync(join(tmpdir(), 'parley-serve-'));
  const running: Process[] = [];
  const write = (name: string, content: unknown) => {
    const file = join(path, name);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  const flows = join(path, 'flows');
  mkdirSync(flows);
  write('flows/welcome.json', FLOW);
  return {
    path,
    config: write('settings.json', settingsFor({ sandbox: brazeUrl, prod: brazeUrl })),
    flows,
    store: join(path, 'data', 'relay.db'),
    write,
    serve(args, env = RELAY_ENV, node) {
      const started = parley(['serve', ...args], env, node);
      running.push(started);
      return started;
    },
    async remove() {
      for (const each of running) {
        each.kill('SIGKILL');
        await each.ended;
      }
      rmSync(path, { recursive: true, maxRetries: 5 });
    },
  };
}
