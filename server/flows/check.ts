/** What the shape of a flow cannot say: where it leads, what it reads, what Braze would refuse. */
import type { ActionNode, Flow, FlowNode, TemplateValue, Text } from '../../widget/contract/flow.ts';
import { pathsOf, problemOf } from '../../widget/flow/condition.ts';
import { isMalformed, referencesOf } from '../../widget/flow/template.ts';

/** Every mistake, one a line: its path in the file, what is wrong, what would be right. */
export function checkFlow(flow: Flow): string[] {
  return [...checkTargets(flow), ...checkLoops(flow), ...checkContent(flow)];
}

/** The nodes that a node can lead to, each with its path in the file. */
function targetsOf(id: string, node: FlowNode): readonly (readonly [path: string, target: string])[] {
  switch (node.type) {
    case 'message':
    case 'ask':
      return [[`nodes.${id}.next`, node.next]];
    case 'branch':
      return [
        ...node.cases.map(({ next }, index) => [`nodes.${id}.cases.${index}.next`, next] as const),
        [`nodes.${id}.else`, node.else],
      ];
    case 'action':
      return Object.entries(node.on).map(
        ([outcome, target]) => [`nodes.${id}.on.${outcome}`, target] as const,
      );
    case 'end':
      return [];
  }
}

function checkTargets(flow: Flow): string[] {
  const targets = [
    ['start', flow.start] as const,
    ...Object.entries(flow.nodes).flatMap(([id, node]) => targetsOf(id, node)),
  ];
  return targets
    .filter(([, target]) => !Object.hasOwn(flow.nodes, target))
    .map(([path, target]) => `${path}: there is no node "${target}"`);
}

/** A walk that meets no question would never stop: not in the browser, nor at an action, which would be submitted for ever. */
function checkLoops(flow: Flow): string[] {
  const reaches = (from: string, goal: string, seen: Set<string>): boolean => {
    const node = Object.hasOwn(flow.nodes, from) ? flow.nodes[from] : undefined;
    if (!node || node.type === 'ask' || seen.has(from)) return false;
    seen.add(from);
    return targetsOf(from, node).some(([, target]) => target === goal || reaches(target, goal, seen));
  };
  return Object.keys(flow.nodes)
    .filter((id) => reaches(id, id, new Set()))
    .map((id) => `nodes.${id}: leads back to itself without a question in between`);
}

function checkContent(flow: Flow): string[] {
  const fields = new Set(
    Object.values(flow.nodes).flatMap((node) => (node.type === 'ask' ? [node.field] : [])),
  );
  return Object.entries(flow.nodes).flatMap(([id, node]) => {
    const at = `nodes.${id}`;
    const text = 'text' in node ? checkText(node.text, `${at}.text`, fields) : [];
    if (node.type === 'branch')
      return node.cases.flatMap(({ when }, index) =>
        checkCondition(when, `${at}.cases.${index}.when`, fields),
      );
    return node.type === 'action' ? checkAction(node, at, fields) : text;
  });
}

function checkText(text: Text, at: string, fields: ReadonlySet<string>): string[] {
  if (typeof text === 'string') return checkTemplate(text, at, fields);
  const locales = Object.entries(text);
  if (locales.length === 0) return [`${at}: has no text in any locale`];
  return locales.flatMap(([locale, words]) => checkTemplate(words, `${at}.${locale}`, fields));
}

function checkCondition(condition: unknown, at: string, fields: ReadonlySet<string>): string[] {
  const problem = problemOf(condition);
  if (problem !== undefined) return [`${at}: ${problem}`];
  return pathsOf(condition).flatMap((path) => checkPath(path, at, fields));
}

/** What there is to read besides the answers: the fields of `SubmissionContext` in `contract/wire.ts`. */
const CONTEXT_PATHS = [
  'page.path',
  'device.operating_system',
  'device.type',
  'device.language',
  'device.time_zone',
];

function checkPath(path: string, at: string, fields: ReadonlySet<string>): string[] {
  const [root, field, ...more] = path.split('.');
  if (root === 'answers' && field !== undefined && more.length === 0) {
    return fields.has(field) ? [] : [`${at}: reads "${path}", but no question asks for "${field}"`];
  }
  if (CONTEXT_PATHS.includes(path)) return [];
  return [`${at}: there is no "${path}"; known are answers.<field> and ${CONTEXT_PATHS.join(', ')}`];
}

function checkTemplate(template: string, at: string, fields: ReadonlySet<string>): string[] {
  const malformed = isMalformed(template)
    ? [`${at}: has a reference that cannot be read; it should be {{path}} or {{path | default: "words"}}`]
    : [];
  return [...malformed, ...referencesOf(template).flatMap((path) => checkPath(path, at, fields))];
}

function checkValue(value: TemplateValue, at: string, fields: ReadonlySet<string>): string[] {
  if (typeof value === 'string') return checkTemplate(value, at, fields);
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]: [string, TemplateValue]) =>
    checkValue(inner, `${at}.${key}`, fields),
  );
}

/** Who an object is about is the relay's to say, never a flow's (`api/objects_filters/user_attributes_object`). */
const IDENTIFIERS = ['external_id', 'user_alias', 'braze_id', '_update_existing_only', 'push_token_import'];

/** Braze refuses the first two as property names (`api/objects_filters/event_object`); the third is the relay's own. */
const RESERVED_PROPERTIES = ['time', 'event_name', 'submission_id'];

/** Longest event name that Braze takes (`developer_guide/analytics/logging_events`). */
const MAX_EVENT_NAME = 255;

function checkAction(action: ActionNode, at: string, fields: ReadonlySet<string>): string[] {
  const attributes = Object.entries(action.attributes ?? {}).flatMap(([key, value]) => [
    ...(IDENTIFIERS.includes(key) ? [`${at}.attributes.${key}: is written by the relay; leave it out`] : []),
    ...(key.startsWith('$') ? [`${at}.attributes.${key}: should not start with "$"`] : []),
    ...checkValue(value, `${at}.attributes.${key}`, fields),
  ]);
  const events = (action.events ?? []).flatMap(({ name, properties = {} }, index) => [
    ...checkEventName(name, `${at}.events.${index}.name`),
    ...Object.entries(properties).flatMap(([key, value]) => [
      ...checkPropertyName(key, `${at}.events.${index}.properties.${key}`),
      ...checkValue(value, `${at}.events.${index}.properties.${key}`, fields),
    ]),
  ]);
  const isEmpty = Object.keys(action.attributes ?? {}).length + (action.events ?? []).length === 0;
  return [
    ...(isEmpty ? [`${at}: writes nothing; name "attributes" or "events"`] : []),
    ...attributes,
    ...events,
  ];
}

function checkEventName(name: string, at: string): string[] {
  if (name === '' || name.length > MAX_EVENT_NAME || name.startsWith('$')) {
    return [`${at}: should have 1 to ${MAX_EVENT_NAME} characters and not start with "$"`];
  }
  // A profile with more than 20,000 distinct event names is blocked (user_archival): visitors' words never make a name.
  return name.includes('{{') ? [`${at}: cannot be a template; put what varies into the properties`] : [];
}

function checkPropertyName(key: string, at: string): string[] {
  if (RESERVED_PROPERTIES.includes(key)) return [`${at}: is reserved; give the property another name`];
  return key === '' || key.startsWith('$') ? [`${at}: should not be empty or start with "$"`] : [];
}
