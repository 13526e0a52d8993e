/** "255 characters": the one limit of names of attributes, events, products and properties, and of strings as their values. */
import { characterCount } from './json.ts';

export const MAX_LENGTH = 255;

export function isShort(text: string): boolean {
  return characterCount(text) <= MAX_LENGTH;
}

/** A string that is short, and not empty. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && isShort(value);
}
