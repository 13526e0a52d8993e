/** Flow files and folders, as commands are given them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type ParseError } from 'jsonc-parser';
import type { FlowSource } from '../flows/lint/source.ts';
import { UsageError } from './usage.ts';

/** @throws {UsageError} where there is no such file, or one that is not UTF-8 */
export function readText(file: string): string {
  if (isFolder(file)) throw new UsageError(`${file} is a folder; it should be one file.`);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`There is no file ${file}.`);
  return decodeText(readFileSync(file), file);
}

/**
 * Nothing else says in which encoding a text is, and what is taken for another shows wrong letters to visitors.
 * @param source names the text
 * @throws {UsageError} where it is not UTF-8
 */
export function decodeText(bytes: Uint8Array, source: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // UTF-16 without its mark is well-formed UTF-8 with a NUL beside each letter.
    if (!text.includes('\0')) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw new UsageError(`${source} is not UTF-8; it should be saved as UTF-8.`);
}

/** @throws {UsageError} as `readText` does, or where there is no JSON in it */
export function readJson(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${file} is not JSON: look at ${placeOfMistake(text)}.`);
  }
}

/** `line 3, column 14`. The words of `JSON.parse` would repeat what stands there: somebody may have named the file of a key. */
function placeOfMistake(text: string): string {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true });
  const before = text.slice(0, errors[0]?.offset ?? 0).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

/** The flows of a folder, one JSON file each, in the order of their names. @throws {UsageError} where there is none */
export function readFlowFolder(folder: string): readonly FlowSource[] {
  if (!isFolder(folder)) throw new UsageError(`There is no folder ${folder}.`);
  // Editors and file systems keep notes of their own beside a file, such as `.#welcome.json`.
  const files = readdirSync(folder).filter((file) => file.endsWith('.json') && !file.startsWith('.'));
  if (files.length === 0)
    throw new UsageError(`There is no flow in ${folder}; it should hold one JSON file for each.`);
  return files.sort().map((file) => readFlowFile(join(folder, file)));
}

/** @throws {UsageError} as `readText` does */
export function readFlowFile(file: string): FlowSource {
  return { source: file, text: readText(file) };
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
