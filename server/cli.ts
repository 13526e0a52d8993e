#!/usr/bin/env node
/** `parley serve`: the relay on Node, for operators. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { serveRelay } from './adapters/node.ts';
import type { FlowSource } from './flows/load.ts';

const USAGE = `Usage: parley serve --config FILE --flows FOLDER [--assets FOLDER]

  --config FILE     the settings, as JSON
  --flows FOLDER    the flows, one JSON file each
  --assets FOLDER   the built widget (default: dist)

Environment: PORT (default 8787), BRAZE_SANDBOX_KEY, BRAZE_PROD_KEY, SESSION_SECRET (each also as NAME_FILE).`;

/** A command that was called wrongly, or that cannot go on: its message is for the person at the terminal. */
class UsageError extends Error {}

function readJson(file: string): unknown {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`There is no file ${file}.`);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readFlows(folder: string): FlowSource[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`There is no folder ${folder}.`);
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  if (files.length === 0)
    throw new UsageError(`There is no flow in ${folder}; it should hold one JSON file for each.`);
  return files.map((file) => ({ source: join(folder, file), json: readJson(join(folder, file)) }));
}

function readPort(value = '8787'): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new UsageError(`PORT is "${value}"; it should be a number from 0 to 65535.`);
}

async function serve(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: 'string' },
      flows: { type: 'string' },
      assets: { type: 'string', default: 'dist' },
    },
  });
  if (values.config === undefined || values.flows === undefined) throw new UsageError(USAGE);
  const port = readPort(process.env['PORT']);
  const relay = await serveRelay({
    settings: readJson(values.config),
    env: process.env,
    flows: readFlows(values.flows),
    assets: values.assets,
    port,
  });
  console.log(`The relay listens at ${relay.url} (health: ${relay.url}/healthz)`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void relay.close());
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE')
    return `Port ${process.env['PORT'] ?? '8787'} is taken; set PORT to a free one.`;
  return error.message;
}

const [command, ...args] = process.argv.slice(2);
try {
  if (command === '--help' || command === '-h') console.log(USAGE);
  else if (command === 'serve') await serve(args);
  else throw new UsageError(USAGE);
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
