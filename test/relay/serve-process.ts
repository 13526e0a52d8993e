/** `parley serve` as somebody starts it: by a command, in a folder, on whatever runtime the command names. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ServeProcess {
  /** Of the relay, e.g. `http://localhost:8787`. */
  readonly url: string;
  readonly operatorUrl: string;
  /** Resolves once it has printed these words. */
  prints(words: string): Promise<void>;
  /** To the relay itself, and to all that its command has started. */
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<ServeEnd>;
}

export interface ServeEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServeStart {
  /** The program and what it is given, up to `serve` with its options. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Free ports, unless `env` names some. Resolves when it listens; rejects with what it said where it ends before. */
export async function startServe({ command, cwd, env }: ServeStart): Promise<ServeProcess> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, PORT: '0', OPERATOR_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: npx, which is between us and the relay, does not pass on what it is told.
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = once(child, 'close').then(([code]): ServeEnd => ({
    code: code as number | null,
    stdout,
    stderr,
  }));
  const prints = async (words: string) => {
    const isOver = ended.then(() => true);
    while (!stdout.includes(words)) {
      const isNews = once(child.stdout, 'data').then(() => false);
      if ((await Promise.race([isNews, isOver])) && !stdout.includes(words))
        throw new Error(`${command.join(' ')} ended before it printed "${words}":\n${stdout}${stderr}`);
    }
  };
  const addressAfter = (words: string) => stdout.split(words)[1]?.trim().split(/\s/)[0] ?? '';
  // The last that it prints at its start, with a line break.
  await prints('/healthz)\n');
  return {
    url: addressAfter('The relay listens at'),
    operatorUrl: addressAfter('The operator’s port is'),
    prints,
    kill(signal) {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, signal);
    },
    ended,
  };
}
