/** The view of a flow that a browser may see: one locale, and no mapping. */
import type { Flow, FlowNode, PublishedFlow, PublishedNode, Text } from '../../widget/contract/flow.ts';
import type { LoadedFlow } from './load.ts';

/** Locale of a flow that names none. */
const DEFAULT_LOCALE = 'en';

/** @param wanted BCP 47 tag; where the flow lacks it, its language is taken (`pt` for `pt-BR`), then the flow's own locale */
export function publishFlow({ flow, revision }: LoadedFlow, wanted: string): PublishedFlow {
  const own = flow.locale ?? DEFAULT_LOCALE;
  const locales = [wanted, wanted.split('-')[0] ?? wanted, own];
  const read = (text: Text) => textIn(text, locales);
  const nodes = Object.entries(flow.nodes).map(([id, node]) => [id, publishNode(node, read)] as const);
  return {
    id: flow.id,
    revision,
    locale: locales.find((locale) => localesOf(flow).has(locale)) ?? own,
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
  const found = locales.find((locale) => Object.hasOwn(text, locale));
  return (found === undefined ? Object.values(text)[0] : text[found]) ?? '';
}

function localesOf(flow: Flow): ReadonlySet<string> {
  const texts = Object.values(flow.nodes).flatMap((node) => ('text' in node && node.text ? [node.text] : []));
  return new Set(texts.flatMap((text) => (typeof text === 'string' ? [] : Object.keys(text))));
}
