/** Parts of the shapes of nodes: what several kinds of node, and what actions call, are made of. */
import * as v from 'valibot';
import { record } from '../record.ts';

/** Longest string that Braze keeps (`user_guide/data/activation/attributes/data_types`). */
export const MAX_STRING = 255;

/** Names of nodes, fields and flows. They stand in paths, URLs and ids, so they are plain; none of them can be `__proto__`. */
export const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

export const name = v.pipe(
  v.string('should be a name'),
  v.regex(NAME, 'should start with a letter and go on with letters, digits, _ or -, 64 at most'),
);

export const target = v.string('should name a node');

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const IS_FINITE = 'should be a number that is not beyond all bounds';

export const number = v.pipe(v.number('should be a number'), v.finite(IS_FINITE));

export const wholeNumber = (min: number, max: number) => {
  const words = `should be a whole number from ${min} to ${max}`;
  return v.pipe(v.number(words), v.integer(words), v.minValue(min, words), v.maxValue(max, words));
};

const IDENTIFIER =
  'should be an identifier out of Braze’s dashboard, such as "0b7e4e4c-6f1c-4f5e-9a54-5f0b5c6e2d11"';

/** Of a Canvas, a campaign, a send or a subscription group: letters, digits and dashes. Never a template: which it is the flow says, and no visitor. */
export const identifier = v.pipe(v.string(IDENTIFIER), v.regex(/^[\w-]{1,100}$/, IDENTIFIER));

export const flag = v.boolean('should be true or false');

type TemplateJson = string | number | boolean | TemplateJson[] | { [key: string]: TemplateJson };

const templateScalar = v.union(
  [v.string(), v.pipe(v.number(), v.finite(IS_FINITE)), v.boolean()],
  'should be a text, number, boolean, list or object; to leave it out, leave its line out',
);
export const templateValue: v.GenericSchema<unknown, TemplateJson> = v.lazy((input) => {
  if (input === undefined) return anyTemplate;
  if (Array.isArray(input)) return templateList;
  return isObject(input) ? templateObject : templateScalar;
});
const templateList = v.array(templateValue);
const templateObject = record(v.string(), templateValue);
export const anyTemplate: v.GenericSchema<unknown, TemplateJson> = v.union([
  templateScalar,
  templateList,
  templateObject,
]);

export const optional = <Wrapped extends v.GenericSchema>(wrapped: Wrapped, description: string) =>
  v.exactOptional(v.pipe(wrapped, v.description(description)));

export const kind = <const Type extends string>(type: Type, description: string) =>
  v.pipe(v.literal(type), v.description(description));
