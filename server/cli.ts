#!/usr/bin/env node
/** `parley COMMAND`: what each command does is in `commands/`. */
import { UsageError, type Command } from './commands/usage.ts';
import { closest, didYouMean, listed } from './flows/lint/suggest.ts';
import { VERSION } from './version.ts';

/** Each is loaded when it is called: what only `serve` needs takes longer to load than most of the others take to run. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  lint: async () => (await import('./commands/lint.ts')).lint,
  simulate: async () => (await import('./commands/simulate.ts')).simulate,
  graph: async () => (await import('./commands/graph.ts')).graph,
  'dead-letters': async () => (await import('./commands/dead-letters.ts')).deadLetters,
  'entry-link': async () => (await import('./commands/entry-link.ts')).entryLink,
};

async function usageOfAll(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return commands.map(({ usage }) => usage).join('\n\n');
}

/** Exit code of a call that names no command. */
const NO_COMMAND = 2;

const HELP = ['--help', '-h'];

function wordsForUnknown(word: string): string {
  const names = Object.keys(COMMANDS);
  const guess = didYouMean(closest(word, names), `; known are ${listed(names, 'and')}`);
  return `There is no command "${word}"${guess}${guess.endsWith('?') ? '' : '.'} parley --help tells of all.`;
}

const [name = '', ...args] = process.argv.slice(2);
const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
let command: Command | undefined;
try {
  command = await load?.();
  if (name === '--version') console.log(VERSION);
  else if (HELP.includes(name)) console.log(await usageOfAll());
  else if (command === undefined)
    throw new UsageError(name === '' ? await usageOfAll() : wordsForUnknown(name));
  else if (args.some((arg) => HELP.includes(arg))) console.log(command.usage);
  else process.exitCode = await command.run(args);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = load === undefined ? NO_COMMAND : (command?.trouble ?? 1);
}
