/**
 * The view of a flow that a browser may see: one locale, no mapping, and nothing of what the relay decides. What is published is
 * named key by key: a key that is added to the language stays private until it is named here.
 */
import type {
  ActionNode,
  AskBase,
  AskNode,
  BranchNode,
  Bubble,
  Flow,
  FlowNode,
  Input,
  Offer,
  Option,
  PublishedActionNode,
  PublishedFlow,
  PublishedNode,
  Retry,
  Text,
} from '../../widget/contract/flow.ts';
import { calledBy } from '../actions/find.ts';
import { autocompleteOf } from './autocomplete.ts';
import { outcomesOf } from './outcomes.ts';
import { isForRelay } from './relay-branch.ts';
import type { LoadedFlow } from './shelf.ts';

/** Locale of a flow that names none. */
export const DEFAULT_LOCALE = 'en';

/** Longer ones are no language tags: RFC 5646, section 4.4.1, asks for room for 35 characters. */
const MAX_TAG = 100;

/** One text in the locale that is published. */
type Read = (text: Text) => string;

/**
 * @param wanted BCP 47 tag, as a browser asks for it. For each text it is looked up as RFC 4647 says (section 3.4: `zh-Hant-TW`,
 *   `zh-Hant`, `zh`), then another locale of its language is taken (`pt-BR` for `pt`), then the flow's own, then its first text.
 */
export function publishFlow({ flow, revision }: LoadedFlow, wanted: string): PublishedFlow {
  const { locale, read } = readerOf(flow, wanted);
  return { id: flow.id, revision, locale, start: flow.start, nodes: publishNodes(flow, read) };
}

/** How texts of a flow are read in a locale, and which one that is. @param wanted as `publishFlow` takes it */
export function readerOf(flow: Flow, wanted: string): { readonly locale: string; readonly read: Read } {
  const own = flow.locale ?? DEFAULT_LOCALE;
  const written = localesOf(flow, own);
  const order = preferencesOf(wanted, own, [...written.keys()]);
  return {
    locale: written.get(order.find((locale) => written.has(locale)) ?? '') ?? own,
    read: (text) => textIn(text, order),
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
      return publishAction(node);
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

function publishAction(action: ActionNode): PublishedActionNode {
  const { success, error, invalid, queued } = action.on;
  const named = outcomesOf(action).map(({ next }) => next);
  return {
    type: 'action',
    ...(calledBy(action)?.queuedFor === 0 && { asks: true }),
    on: { success, error, ...present({ invalid, queued }), ...numbered(named) },
  };
}

function publishBranch(branch: BranchNode): PublishedNode {
  const { cases, else: otherwise } = branch;
  if (!isForRelay(branch)) {
    return { type: 'branch', cases: cases.map(({ when, next }) => ({ when, next })), else: otherwise };
  }
  const targets = cases.map(({ next }) => next).filter((next) => next !== otherwise);
  return { type: 'action', asks: true, on: { success: otherwise, error: otherwise, ...numbered(targets) } };
}

/** Targets of which the browser is not told for what they are. */
const numbered = (targets: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries([...new Set(targets)].entries());

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
