/**
 * Flows as lint lets them through: every target is there, every node is reached and comes to an end, every loop has a question in
 * it, and what is read was asked for on some way before. All node types, inputs and kinds of content occur.
 */
import fc from 'fast-check';
import type { TrackMapping } from '../../server/braze/payload.ts';
import type {
  AskNode,
  Bubble,
  Condition,
  Flow,
  FlowNode,
  Input,
  Offer,
  TemplateValue,
  Text,
} from '../../widget/contract/flow.ts';

/** Nodes at most, of which those go that are not reached. */
const MOST_NODES = 12;

/** Every type of node. */
export const TYPES = ['message', 'ask', 'branch', 'split', 'action', 'handoff', 'end'] as const;

/** Every input of a question. */
export const INPUTS = [
  'text',
  'multiline',
  'email',
  'phone',
  'date',
  'number',
  'choice',
  'choices',
  'rating',
  'consent',
] as const;

/** Locales of the texts, the flow's own first. Without any, each text is one string. */
const LOCALES = [
  [],
  [],
  ['en', 'ja'],
  ['en', 'ja', 'pt-BR'],
  ['pt-BR', 'pt-PT'],
  ['ja', 'en', 'ar'],
] as const;

interface Sketch {
  readonly locales: readonly string[];
  readonly types: readonly FlowNode['type'][];
  /** Every other decision, in turn. The smaller, the plainer. */
  readonly numbers: readonly number[];
}

const sketch: fc.Arbitrary<Sketch> = fc.record({
  locales: fc.constantFrom(...LOCALES),
  types: fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constant('ask' as const) },
      { weight: 8, arbitrary: fc.constantFrom(...TYPES) },
    ),
    { minLength: 1, maxLength: MOST_NODES - 1 },
  ),
  numbers: fc.array(fc.nat(2 ** 16), { minLength: 60, maxLength: 120 }),
});

export const arbitraryFlow: fc.Arbitrary<Flow> = sketch.map(buildFlow);

interface Choices {
  /** 0 to below `count`. */
  readonly pick: (count: number) => number;
  readonly one: <T>(list: readonly T[]) => T;
  /** One time in so many. */
  readonly oneIn: (times: number) => boolean;
  /** From one on. */
  readonly some: <T>(most: number, each: (index: number) => T) => T[];
}

function createChoices(numbers: readonly number[]): Choices {
  let at = 0;
  const pick = (count: number) => {
    const number = numbers[at % numbers.length] ?? 0;
    // What comes round again is another number by then.
    const round = Math.floor(at / numbers.length);
    at += 1;
    return (number + round * 7) % count;
  };
  return {
    pick,
    one: <T>(list: readonly T[]) => list[pick(list.length)] as T,
    oneIn: (times) => pick(times) === times - 1,
    some: (most, each) => Array.from({ length: 1 + pick(most) }, (_, index) => each(index)),
  };
}

/** A node with the ways out of it, before it says or reads anything. */
interface Place {
  readonly id: string;
  readonly type: FlowNode['type'];
  /** Where it leads in any case: on, so that there is an end. */
  readonly next: string;
  /** Where it may lead besides: on, or back to a question. */
  readonly others: readonly string[];
  /** Of a question. */
  readonly asks?: { readonly field: string; readonly input: Input };
}

interface Pen extends Choices {
  readonly locales: readonly string[];
  /** What may be read here. */
  readonly readable: readonly { readonly field: string; readonly input: Input }[];
}

function buildFlow({ locales, types, numbers }: Sketch): Flow {
  const choices = createChoices(numbers);
  const places = reachedOf(placesOf([...types, 'end'], choices));
  const nodes = places.map((place) => {
    const readable = readableAt(place, places);
    return [place.id, buildNode(place, { ...choices, locales, readable })] as const;
  });
  const [own] = locales;
  return {
    id: 'walk',
    ...(own !== undefined && (own !== 'en' || choices.oneIn(2)) && { locale: own }),
    start: places[0]?.id ?? '',
    nodes: Object.fromEntries(nodes),
  };
}

function placesOf(types: readonly FlowNode['type'][], choices: Choices): readonly Place[] {
  const ids = types.map((type, index) => `${type}_${index}`);
  const asks: NonNullable<Place['asks']>[] = [];
  return types.map((type, index) => {
    const on = ids.slice(index + 1);
    // From a question even a way back to a message has a question in it.
    const back = ids.slice(0, index + 1).filter((_, at) => type === 'ask' || types[at] === 'ask');
    const other = () => choices.one(choices.oneIn(3) ? [...back, ...on] : on);
    const place = {
      id: ids[index] as string,
      type,
      next: choices.pick(3) < 2 ? (on[0] as string) : choices.one(on),
      others: FORKS.includes(type) ? choices.some(3, other) : [],
    };
    if (type !== 'ask') return place;
    const again = asks.length > 0 && choices.oneIn(8) ? choices.one(asks) : undefined;
    const asked = again ?? { field: `field_${index}`, input: buildInput(choices.one(INPUTS), choices) };
    asks.push(asked);
    // Where it leads when the visitor's tries are used up.
    return { ...place, others: choices.oneIn(3) ? [other()] : [], asks: asked };
  });
}

/** The types that lead to several nodes. */
const FORKS: readonly FlowNode['type'][] = ['branch', 'split', 'action'];

/** The places that the start leads to. */
function reachedOf(places: readonly Place[]): readonly Place[] {
  const byId = new Map(places.map((place) => [place.id, place]));
  const reached = behind([places[0]?.id ?? ''], byId);
  return places.filter(({ id }) => reached.has(id));
}

function behind(from: readonly string[], places: ReadonlyMap<string, Place>): ReadonlySet<string> {
  const reached = new Set(from);
  // A set goes on with what is added to it while it is walked through.
  for (const id of reached) for (const next of targetsOf(places.get(id))) reached.add(next);
  return reached;
}

function targetsOf(place: Place | undefined): readonly string[] {
  return place && place.type !== 'end' ? [place.next, ...place.others] : [];
}

/** What was asked for on some way to a place. */
function readableAt({ id }: Place, places: readonly Place[]): Pen['readable'] {
  const byId = new Map(places.map((place) => [place.id, place]));
  return places.flatMap(({ asks, next }) => (asks && behind([next], byId).has(id) ? [asks] : []));
}

function buildInput(input: (typeof INPUTS)[number], { pick, one, oneIn, some }: Choices): Input {
  const autocomplete = oneIn(4) ? { autocomplete: one(['off', 'nickname', 'organization']) } : {};
  const options = () =>
    some(4, (index) => ({ value: OPTION_VALUES[index] as string, text: `Option ${index}` }));
  switch (input) {
    case 'text':
    case 'multiline':
      return {
        input,
        ...autocomplete,
        ...(oneIn(4) && { min_length: 1 + pick(3) }),
        ...(oneIn(4) && { max_length: 20 + pick(236) }),
        ...(oneIn(5) && { pattern: one(['[\\w ]+', '.{1,40}', '\\p{L}.*']) }),
      };
    case 'email':
      return { input, ...(oneIn(4) && { autocomplete: 'email' }) };
    case 'phone':
      return { input, ...(oneIn(2) && { country: one(['GB', 'JP', 'BR', 'DE']) }) };
    case 'date':
      return {
        input,
        ...(oneIn(4) && { autocomplete: 'bday' }),
        ...(oneIn(2) && { min: one(['1900-01-01', '-120y', '-900m']) }),
        ...(oneIn(2) && { max: one(['today', '-18y', '+2w', '+10d', '2100-12-31']) }),
      };
    case 'number': {
      const min = one([0, 1, -3, 0.5]);
      return {
        input,
        ...(oneIn(2) && { min }),
        ...(oneIn(2) && { max: min + 1 + pick(9) }),
        ...(oneIn(2) && { integer: oneIn(2) }),
      };
    }
    case 'choice':
      return { input, options: options() };
    case 'choices': {
      const all = options();
      const max = 1 + pick(all.length);
      return {
        input,
        options: all,
        ...(oneIn(2) && { min: pick(max + 1) }),
        ...(oneIn(2) && { max }),
      };
    }
    case 'rating': {
      const min = pick(2);
      return { input, ...(oneIn(2) && { min, max: min + 1 + pick(9) }) };
    }
    case 'consent':
      return { input };
  }
}

const OPTION_VALUES = ['hills', 'fells & crags', '湖', 'bæk'] as const;

function buildNode(place: Place, pen: Pen): FlowNode {
  const { type, next, others } = place;
  const { one, oneIn, some } = pen;
  switch (type) {
    case 'message':
      return oneIn(3)
        ? { type, bubbles: some(3, () => buildBubble(pen)), next }
        : { type, text: buildText(pen), next };
    case 'ask':
      return buildAsk(place, pen);
    case 'branch':
      return {
        type,
        cases: others.map((other) => ({ when: buildCondition(pen, 2), next: other })),
        else: next,
      };
    case 'split':
      return { type, ways: [next, ...others].map((way) => ({ weight: one([1, 50, 0.5, 33.3]), next: way })) };
    case 'action': {
      const [error = next, invalid, queued] = others;
      return {
        type,
        call: 'users/track',
        ...buildMapping(pen),
        on: {
          success: next,
          error,
          ...(invalid !== undefined && { invalid }),
          ...(queued !== undefined && { queued }),
        },
      };
    }
    case 'handoff':
      return {
        type,
        ...(oneIn(2) && { text: buildText(pen) }),
        offers: some(3, () => buildOffer(pen)),
        next,
      };
    case 'end':
      return { type, ...(oneIn(2) && { text: buildText(pen) }) };
  }
}

function buildAsk({ asks, next, others }: Place, pen: Pen): AskNode {
  const { pick, oneIn } = pen;
  const { field, input } = asks ?? { field: 'field', input: { input: 'text' } };
  const [instead] = others;
  const retry = {
    ...(instead !== undefined && { limit: 1 + pick(3), next: instead }),
    ...(oneIn(4) && { text: buildText(pen) }),
  };
  return {
    type: 'ask',
    field,
    text: buildText(pen),
    ...(oneIn(4) && { optional: oneIn(2) || oneIn(2) }),
    ...(Object.keys(retry).length > 0 && { retry }),
    next,
    ...withWords(input, pen),
  };
}

/** Labels are read where the question stands, so they come last. */
function withWords(input: Input, pen: Pen): Input {
  const label = () => buildLabel(pen);
  switch (input.input) {
    case 'choice':
    case 'choices':
      return { ...input, options: input.options.map(({ value }) => ({ value, text: label() })) };
    case 'rating':
      return { ...input, ...(pen.oneIn(2) && { low: label(), high: label() }) };
    case 'consent':
      return { ...input, ...(pen.oneIn(2) && { yes: label(), no: label() }) };
    default:
      return input;
  }
}

function buildBubble(pen: Pen): Bubble {
  if (pen.pick(3) < 2) return { text: buildText(pen) };
  const image = pen.one(['https://pictures.example/fell.webp', '/images/fell.webp']);
  return { image, alt: pen.oneIn(3) ? '' : buildLabel(pen), width: 640, height: 1 + pen.pick(900) };
}

function buildOffer(pen: Pen): Offer {
  const text = buildLabel(pen);
  return pen.one<Offer>([
    { text, link: 'https://shop.example/visit?from=chat' },
    { text, link: '/contact' },
    { text, link: 'mailto:hello@shop.example' },
    { text, phone: '+442079460000' },
    { text, event: 'open-live-chat' },
  ]);
}

const WORDS = ['Hello', 'A walk in the hills?', 'Mind the weather; it turns.', 'こんにちは', 'مرحبا', '🥾'];
const MARKUP = [
  '**bold**',
  '*soft*',
  '_soft **and bold**_',
  'two\nlines',
  '[the shop](https://shop.example/a?b=c)',
  '[here](/contact)',
  'five \\* stars',
  'a * b',
];

function buildText(pen: Pen): Text {
  return perLocale(pen, () => pieces(pen, [...WORDS, ...MARKUP]));
}

/** Templates alone. */
function buildLabel(pen: Pen): Text {
  return perLocale(pen, () => pieces(pen, WORDS));
}

function perLocale({ locales, oneIn }: Pen, write: () => string): Text {
  if (locales.length === 0 || oneIn(5)) return write();
  return Object.fromEntries(locales.map((locale) => [locale, `${write()} (${locale})`]));
}

function pieces(pen: Pen, words: readonly string[]): string {
  return pen.some(3, () => (pen.oneIn(3) ? buildReference(pen) : pen.one(words))).join(' ');
}

/** A reference as it stands in a template. */
function buildReference({ readable, one, oneIn }: Pen): string {
  const path =
    readable.length > 0
      ? `answers.${one(readable).field}`
      : one(['page.path', 'device.type', 'device.time_zone']);
  return oneIn(2) ? `{{${path} | default: "friend"}}` : `{{ ${path} }}`;
}

const ATTRIBUTES = ['home_city', 'favourite_hill', 'walks_per_month', 'boot_size', 'newsletter_topics'];
const PROPERTIES = ['page', 'hill', 'count', 'of_it'];

function buildMapping(pen: Pen): TrackMapping {
  const { oneIn, one, some } = pen;
  const named = (names: readonly string[], value: () => TemplateValue) =>
    Object.fromEntries(some(3, () => [one(names), value()]));
  const events = some(2, () => ({
    name: one(['hill_chosen', 'chat_completed']),
    ...(oneIn(2) && { properties: named(PROPERTIES, () => buildTemplateValue(pen, 2)) }),
    ...(oneIn(2) && { repeat: oneIn(2) }),
  }));
  // Braze takes a text alone for the first of the names.
  const attributes = {
    ...named(ATTRIBUTES.slice(1), () => buildTemplateValue(pen, 2)),
    ...(oneIn(2) && { [ATTRIBUTES[0] as string]: 'Keswick' }),
  };
  return oneIn(3) ? { events } : oneIn(2) ? { attributes, events } : { attributes };
}

function buildTemplateValue(pen: Pen, depth: number): TemplateValue {
  const { pick, some, one } = pen;
  const inner = () => buildTemplateValue(pen, depth - 1);
  switch (pick(depth > 0 ? 7 : 5)) {
    case 0:
    case 1:
      return buildReference(pen);
    case 2:
      return `${one(WORDS)} ${buildReference(pen)}`;
    case 3:
      return one([0, 1, -2.5]);
    case 4:
      return pen.oneIn(2);
    case 5:
      return some(2, inner);
    default:
      return Object.fromEntries(some(2, (index) => [`key_${index}`, inner()]));
  }
}

/** Over what may be read; one in a few reads what only the relay knows. */
function buildCondition(pen: Pen, depth: number): Condition {
  const { pick, one, oneIn, readable } = pen;
  const inner = () => buildCondition(pen, depth - 1);
  if (depth > 0 && oneIn(2)) {
    return one<() => Condition>([
      () => ({ and: [inner(), inner()] }),
      () => ({ or: [inner(), inner(), inner()] }),
      () => ({ '!': [inner()] }),
      () => ({ '!!': inner() }),
      () => ({ if: [inner(), inner(), inner()] }),
    ])();
  }
  if (oneIn(12)) return { '>=': [{ var: 'profile.custom_attributes.walks' }, 3] };
  if (readable.length === 0 || oneIn(4)) {
    return one<Condition>([
      { '==': [{ var: 'device.type' }, 'mobile'] },
      { in: ['/pricing', { var: 'page.path' }] },
      { '===': [{ cat: [{ var: 'device.type' }, '!'] }, 'desktop!'] },
      { missing: ['device.time_zone', 'device.operating_system'] },
      true,
      false,
    ]);
  }
  const { field, input } = one(readable);
  return buildComparison({ var: oneIn(4) ? [`answers.${field}`] : `answers.${field}` }, field, input, pick);
}

function buildComparison(
  read: Condition,
  field: string,
  input: Input,
  pick: (count: number) => number,
): Condition {
  const one = <T>(list: readonly T[]) => list[pick(list.length)] as T;
  const path = `answers.${field}`;
  const anyone: readonly Condition[] = [
    { '!': read },
    { missing: [path] },
    { missing_some: [1, [path, 'page.path']] },
    { '==': [{ var: [path, 'nothing'] }, 'nothing'] },
  ];
  if (pick(4) === 3) return one(anyone);
  switch (input.input) {
    case 'number':
    case 'rating':
      return one<Condition>([
        { '>': [read, 3] },
        { '<=': [1, read, 4] },
        { '==': [{ '%': [read, 2] }, 0] },
        { '<': [{ '+': [read, 1] }, { '*': [read, 2] }] },
        { '===': [{ max: [read, 2] }, { min: [{ '-': [read, 0] }, { '/': [read, 1] }] }] },
      ]);
    case 'date':
      return one<Condition>([{ '<': [read, '2000-06-15'] }, { '==': [read, '2000-01-10'] }]);
    case 'choice': {
      const values = input.options.map(({ value }) => value);
      return one<Condition>([
        { '==': [read, values[0]] },
        { '!==': [read, values.at(-1)] },
        { in: [read, values] },
      ]);
    }
    case 'choices': {
      const [value] = input.options.map((option) => option.value);
      return one<Condition>([
        { in: [value, read] },
        { some: [read, { '==': [{ var: '' }, value] }] },
        { all: [read, { '!=': [{ var: '' }, value] }] },
        { none: [read, { in: ['a', { var: '' }] }] },
      ]);
    }
    case 'consent':
      return one<Condition>([read, { '==': [read, true] }, { '!=': [read, false] }]);
    default:
      return one<Condition>([
        { '==': [read, '7'] },
        { '!=': [read, '7'] },
        { in: ['1', read] },
        { in: [read, ['1', '2', '3']] },
      ]);
  }
}
