/**
 * Templates: `{{path}}` and `{{path | default: "words"}}` over the context.
 * The browser fills texts with them, the relay fills the mapping of an action.
 */
import type { TemplateValue } from '../contract/flow.ts';
import { valueAt } from './path.ts';

const REFERENCE = /\{\{\s*([\w.]+)\s*(?:\|\s*default:\s*"([^"]*)"\s*)?\}\}/g;
const WHOLE_REFERENCE = new RegExp(`^${REFERENCE.source}$`);

/** The paths that a template reads. */
export function referencesOf(template: string): string[] {
  return [...template.matchAll(REFERENCE)].map(([, path]) => path as string);
}

/** Whether a template has braces that are no reference, such as `{{answers.}` or `{{ first name }}`. */
export function isMalformed(template: string): boolean {
  return /\{\{|\}\}/.test(template.replace(REFERENCE, ''));
}

/** Fills a text for a person to read: what is absent and has no default is left empty. */
export function fillText(template: string, context: unknown): string {
  return fillWith(template, context, (value) => value);
}

function fillWith(template: string, context: unknown, write: (value: string) => string): string {
  // Most texts have none: for those the pattern need not be compiled.
  return template.includes('{{')
    ? template.replace(REFERENCE, (_, path: string, fallback: string | undefined) =>
        write(textOf(valueAt(context, path) ?? fallback ?? '')),
      )
    : template;
}

/** Fills a link's address. */
export function fillAddress(template: string, context: unknown): string {
  return fillWith(template, context, (value) => encodeURIComponent(value.replace(/\p{Cs}/gu, '')));
}

/**
 * Fills a value of a mapping. A template that is one whole reference keeps the type of what it refers to. Whatever refers
 * to something absent is `undefined` and left out of the object or list that it stands in, and one that is left empty by
 * this goes too: null is never written, because at Braze null removes the attribute (`api/objects_filters/user_attributes_object`).
 */
export function fillValue(template: TemplateValue, context: unknown): unknown {
  if (typeof template === 'string') return fillString(template, context);
  if (typeof template !== 'object') return template;
  if (Array.isArray(template)) {
    const items = template.map((item: TemplateValue) => fillValue(item, context)).filter(isPresent);
    return items.length === 0 && template.length > 0 ? undefined : items;
  }
  const entries = Object.entries(template);
  const filled = entries.map(([key, value]) => [key, fillValue(value, context)] as const);
  const present = filled.filter(([, value]) => isPresent(value));
  return present.length === 0 && entries.length > 0 ? undefined : Object.fromEntries(present);
}

function fillString(template: string, context: unknown): unknown {
  const whole = WHOLE_REFERENCE.exec(template);
  if (whole) return valueAt(context, whole[1] as string) ?? whole[2];
  const isComplete = [...template.matchAll(REFERENCE)].every(([, path, fallback]) =>
    isPresent(valueAt(context, path as string) ?? fallback),
  );
  return isComplete ? fillText(template, context) : undefined;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.map(textOf).join(', ') : String(value);
}
