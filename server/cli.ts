#!/usr/bin/env node
/** `parley COMMAND`: what each command does is in `commands/`. */
import { deadLetters } from './commands/dead-letters.ts';
import { entryLink } from './commands/entry-link.ts';
import { graph } from './commands/graph.ts';
import { lint } from './commands/lint.ts';
import { serve } from './commands/serve.ts';
import { simulate } from './commands/simulate.ts';
import { UsageError, type Command } from './commands/usage.ts';
import { closest, didYouMean, listed } from './flows/lint/suggest.ts';

const COMMANDS: Readonly<Record<string, Command>> = {
  serve,
  lint,
  simulate,
  graph,
  'dead-letters': deadLetters,
  'entry-link': entryLink,
};

const USAGE = Object.values(COMMANDS)
  .map(({ usage }) => usage)
  .join('\n\n');

/** Exit code of a call that names no command. */
const NO_COMMAND = 2;

const HELP = ['--help', '-h'];

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
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = command === undefined ? NO_COMMAND : (command.trouble ?? 1);
}
