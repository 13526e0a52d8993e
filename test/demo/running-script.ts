/** A script of the demo's as a process of its own, and what it prints. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export function runScript(file: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  /** Resolves with all that is printed, once these words are; rejects if the process ends without them. */
  const prints = (words: string): Promise<string> => {
    const printed = new Promise<string>((resolve, reject) => {
      const look = () => {
        if (stdout.includes(words)) resolve(stdout);
      };
      child.stdout.on('data', look);
      look();
      void ended.then(() => reject(new Error(`It ended without "${words}":\n${stdout}${stderr}`)));
    });
    // Who waits for the end only is not to hear of it twice.
    printed.catch(() => undefined);
    return printed;
  };
  return { child, ended, prints };
}
