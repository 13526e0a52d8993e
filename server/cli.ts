#!/usr/bin/env node
/** `parley COMMAND`: what each command does is in `commands/`. */
import { graph } from './commands/graph.ts';
import { lint } from './commands/lint.ts';
import { serve } from './commands/serve.ts';
import { simulate } from './commands/simulate.ts';
import { UsageError, type Command } from './commands/usage.ts';
import { closest, didYouMean, listed } from './flows/lint/suggest.ts';

const COMMANDS: Readonly<Record<string, Command>> = { serve, lint, simulate, graph };

const USAGE = Object.values(COMMANDS)
  .map(({ usage }) => usage)
  .join('\n\n');

/** Exit code of a call that names no command. */
const NO_COMMAND = 2;

const HELP = ['--help', '-h'];

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE')
    return `Port ${process.env['PORT'] ?? '8787'} is taken; set PORT to a free one.`;
  return error.message;
}

function wordsForUnknown(word: string): string {
  const names = Object.keys(COMMANDS);
  const guess = didYouMean(closest(word, names), `; known are ${listed(names, 'and')}`);
  return `There is no command "${word}"${guess}${guess.endsWith('?') ? '' : '.'} parley --help tells of all.`;
}

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
try {
  if (HELP.includes(name)) console.log(USAGE);
  else if (command === undefined) throw new UsageError(name === '' ? USAGE : wordsForUnknown(name));
  else if (args.some((arg) => HELP.includes(arg))) console.log(command.usage);
  else process.exitCode = await command.run(args);
} catch (error) {
  console.error(explain(error));
  process.exitCode = command === undefined ? NO_COMMAND : (command.trouble ?? 1);
}
