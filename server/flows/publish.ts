/** The view of a flow that a browser may see: one locale, and no mapping. */
import type { Flow, FlowNode, PublishedFlow, PublishedNode, Text } from '../../widget/contract/flow.ts';
import type { LoadedFlow } from './shelf.ts';

/** Locale of a flow that names none. */
const DEFAULT_LOCALE = 'en';

/** @param wanted BCP 47 tag; where the flow lacks it, its language is taken (`pt` for `pt-BR`), then the flow's own locale */
export function publishFlow({ flow, revision }: LoadedFlow, wanted: string): PublishedFlow {
  const own = flow.locale ?? DEFAULT_LOCALE;
  const locales = [wanted, wanted.split('-')[0] ?? wanted, own];
  const written = localesOf(flow);
  const read = (text: Text) => textIn(text, locales);
  const nodes = Object.entries(flow.nodes).map(([id, node]) => [id, publishNode(node, read)] as const);
  return {
    id: flow.id,
    revision,
    locale:
      locales.map((locale) => written.get(locale.toLowerCase())).find((tag) => tag !== undefined) ?? own,
    start: flow.start,
    nodes: Object.fromEntries(nodes),
  };
}

/** Names what is published, key by key: a key that is added to the language stays private until it is named here. */
function publishNode(node: FlowNode, read: (text: Text) => string): PublishedNode {
  switch (node.type) {
    case 'message':
      return { type: 'message', text: read(node.text), next: node.next };
    case 'ask':
      return { type: 'ask', field: node.field, input: node.input, text: read(node.text), next: node.next };
    case 'branch':
      return {
        type: 'branch',
        cases: node.cases.map(({ when, next }) => ({ when, next })),
        else: node.else,
      };
    case 'action': {
      const { success, error, invalid, queued } = node.on;
      return {
        type: 'action',
        on: {
          success,
          error,
          ...(invalid !== undefined && { invalid }),
          ...(queued !== undefined && { queued }),
        },
      };
    }
    case 'end':
      return { type: 'end', ...(node.text !== undefined && { text: read(node.text) }) };
  }
}

function textIn(text: Text, locales: readonly string[]): string {
  if (typeof text === 'string') return text;
  // BCP 47 tags are the same in any case (RFC 5646, section 2.1.1).
  const words = new Map(Object.entries(text).map(([locale, each]) => [locale.toLowerCase(), each]));
  const found = locales.map((locale) => words.get(locale.toLowerCase())).find((each) => each !== undefined);
  return found ?? Object.values(text)[0] ?? '';
}

/** The locales that the flow has texts in: lower case to the tag as it is written. */
function localesOf(flow: Flow): ReadonlyMap<string, string> {
  const texts = Object.values(flow.nodes).flatMap((node) => ('text' in node && node.text ? [node.text] : []));
  const tags = texts.flatMap((text) => (typeof text === 'string' ? [] : Object.keys(text)));
  return new Map(tags.map((tag) => [tag.toLowerCase(), tag]));
}
