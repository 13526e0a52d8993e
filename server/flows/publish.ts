/**
 * The view of a flow that a browser may see: one locale, no mapping, and nothing of what the relay decides. What is published is
 * named key by key: a key that is added to the language stays private until it is named here.
 */
import type {
  AskBase,
  AskNode,
  BranchNode,
  Bubble,
  Condition,
  Flow,
  FlowNode,
  Input,
  Offer,
  Option,
  PublishedFlow,
  PublishedNode,
  Retry,
  Routes,
  Text,
} from '../../widget/contract/flow.ts';
import { pathsOf, problemsOf } from '../../widget/flow/condition-check.ts';
import { listOf } from '../../widget/flow/condition.ts';
import { autocompleteOf } from './autocomplete.ts';
import type { LoadedFlow } from './shelf.ts';

/** Locale of a flow that names none. */
const DEFAULT_LOCALE = 'en';

/** Longer ones are no language tags: RFC 5646, section 4.4.1, asks for room for 35 characters. */
const MAX_TAG = 100;

/** One text in the locale that is published. */
type Read = (text: Text) => string;

/**
 * @param wanted BCP 47 tag, as a browser asks for it. For each text it is looked up as RFC 4647 says (section 3.4: `zh-Hant-TW`,
 *   `zh-Hant`, `zh`), then another locale of its language is taken (`pt-BR` for `pt`), then the flow's own, then its first text.
 */
export function publishFlow({ flow, revision }: LoadedFlow, wanted: string): PublishedFlow {
  const own = flow.locale ?? DEFAULT_LOCALE;
  const written = localesOf(flow, own);
  const order = preferencesOf(wanted, own, [...written.keys()]);
  const read = (text: Text) => textIn(text, order);
  return {
    id: flow.id,
    revision,
    locale: written.get(order.find((locale) => written.has(locale)) ?? '') ?? own,
    start: flow.start,
    nodes: publishNodes(flow, read),
  };
}

function publishNodes({ nodes }: Flow, read: Read): Readonly<Record<string, PublishedNode>> {
  return Object.fromEntries(Object.entries(nodes).map(([id, node]) => [id, publishNode(node, read)]));
}

function publishNode(node: FlowNode, read: Read): PublishedNode {
  switch (node.type) {
    case 'message': {
      const { text, bubbles = text === undefined ? [] : [{ text }], next } = node;
      return { type: 'message', bubbles: bubbles.map((bubble) => publishBubble(bubble, read)), next };
    }
    case 'ask':
      return publishAsk(node, read);
    case 'branch':
      return publishBranch(node);
    case 'split':
      return { type: 'split', ways: node.ways.map(({ weight, next }) => ({ weight, next })) };
    case 'action':
      return { type: 'action', on: publishRoutes(node.on) };
    case 'handoff': {
      const { text, offers, next } = node;
      return {
        type: 'handoff',
        ...(text !== undefined && { text: read(text) }),
        offers: offers.map((offer) => publishOffer(offer, read)),
        next,
      };
    }
    case 'end':
      return { type: 'end', ...(node.text !== undefined && { text: read(node.text) }) };
  }
}

function publishBubble(bubble: Bubble, read: Read): Bubble<string> {
  if ('text' in bubble) return { text: read(bubble.text) };
  const { image, alt, width, height } = bubble;
  return { image, alt: read(alt), width, height };
}

function publishAsk(ask: AskNode, read: Read): AskNode<string> {
  const { field, text, optional, retry, next } = ask;
  const base: AskBase<string> = {
    type: 'ask',
    field,
    text: read(text),
    ...present({ optional }),
    ...(retry && { retry: publishRetry(retry, read) }),
    next,
  };
  return { ...base, ...publishInput(ask, read) };
}

/** Browsers have no table of fields, so what they fill in is said in any case. */
function publishInput(ask: AskNode, read: Read): Input<string> {
  const autocomplete = autocompleteOf(ask);
  switch (ask.input) {
    case 'text':
    case 'multiline': {
      const { input, min_length, max_length, pattern } = ask;
      return { input, ...present({ autocomplete, min_length, max_length, pattern }) };
    }
    case 'email':
      return { input: ask.input, ...present({ autocomplete }) };
    case 'phone': {
      const { input, country } = ask;
      return { input, ...present({ autocomplete, country }) };
    }
    case 'date': {
      const { input, min, max } = ask;
      return { input, ...present({ autocomplete, min, max }) };
    }
    case 'number': {
      const { input, min, max, integer } = ask;
      return { input, ...present({ autocomplete, min, max, integer }) };
    }
    case 'choice': {
      const { input, options } = ask;
      return { input, options: publishOptions(options, read) };
    }
    case 'choices': {
      const { input, options, min, max } = ask;
      return { input, options: publishOptions(options, read), ...present({ min, max }) };
    }
    case 'rating': {
      const { input, min, max, low, high } = ask;
      return { input, ...present({ min, max, low: readSome(low, read), high: readSome(high, read) }) };
    }
    case 'consent': {
      const { input, purpose, yes, no } = ask;
      return { input, ...present({ purpose, yes: readSome(yes, read), no: readSome(no, read) }) };
    }
  }
}

function publishRetry({ limit, text, next }: Retry, read: Read): Retry<string> {
  return present({ limit, text: readSome(text, read), next });
}

function publishOptions(options: readonly Option[], read: Read): readonly Option<string>[] {
  return options.map(({ value, text }) => ({ value, text: read(text) }));
}

function publishOffer(offer: Offer, read: Read): Offer<string> {
  const text = read(offer.text);
  if ('link' in offer) return { text, link: offer.link };
  return 'phone' in offer ? { text, phone: offer.phone } : { text, event: offer.event };
}

function publishRoutes({ success, error, invalid, queued }: Routes): Routes {
  return { success, error, ...present({ invalid, queued }) };
}

function publishBranch({ cases, else: otherwise }: BranchNode): PublishedNode {
  if (!cases.some(({ when }) => isForRelay(when))) {
    return { type: 'branch', cases: cases.map(({ when, next }) => ({ when, next })), else: otherwise };
  }
  const targets = new Set(cases.map(({ next }) => next));
  targets.delete(otherwise);
  return { type: 'branch', targets: [...targets], else: otherwise };
}

/** Whether a condition may read what only the relay knows. One of which that cannot be told, and which lint refuses, does. */
function isForRelay(condition: Condition): boolean {
  return (
    pathsOf(condition).some(({ reads }) => reads === '' || reads.split('.')[0] === 'profile') ||
    hasComputedPath(condition) ||
    problemsOf(condition).length > 0
  );
}

/** Whether a condition looks something up under a name that it computes. */
function hasComputedPath(condition: Condition): boolean {
  if (typeof condition !== 'object' || condition === null) return false;
  if (Array.isArray(condition)) return condition.some(hasComputedPath);
  return Object.entries(condition).some(([name, args]: [string, unknown]) => {
    const paths = name === 'var' ? listOf(args).slice(0, 1) : name.startsWith('missing') ? listOf(args) : [];
    return paths.flat(Infinity).some(isStructure) || hasComputedPath(args);
  });
}

function isStructure(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function readSome(text: Text | undefined, read: Read): string | undefined {
  return text === undefined ? undefined : read(text);
}

/** Without what is undefined. */
function present<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

/** The locales that are taken for a text, best first, in lower case: tags are the same in any case (RFC 5646, section 2.1.1). */
function preferencesOf(wanted: string, own: string, written: readonly string[]): readonly string[] {
  const lookup = lookupOf(wanted);
  const language = lookup.at(-1);
  const related = written.filter((locale) => lookupOf(locale).at(-1) === language);
  return [...lookup, ...related, ...lookupOf(own)];
}

/** A tag, shortened from its end one subtag at a time. A single letter goes with what it introduces. */
function lookupOf(tag: string): readonly string[] {
  const subtags = tag.slice(0, MAX_TAG).toLowerCase().split('-');
  return subtags
    .map((_, index) => subtags.slice(0, subtags.length - index))
    .filter((each) => each.length === 1 || each.at(-1)?.length !== 1)
    .map((each) => each.join('-'));
}

function textIn(text: Text, order: readonly string[]): string {
  if (typeof text === 'string') return text;
  const words = new Map(Object.entries(text).map(([locale, each]) => [locale.toLowerCase(), each]));
  const locale = order.find((each) => words.has(each));
  return words.get(locale ?? '') ?? Object.values(text)[0] ?? '';
}

/** The locales that the flow has texts in, and its own: lower case to the tag as it is written. */
function localesOf(flow: Flow, own: string): ReadonlyMap<string, string> {
  const written = new Map<string, string>();
  const note = (tag: string) => {
    if (!written.has(tag.toLowerCase())) written.set(tag.toLowerCase(), tag);
  };
  publishNodes(flow, (text) => {
    if (typeof text !== 'string') Object.keys(text).forEach(note);
    return '';
  });
  note(own);
  return written;
}
