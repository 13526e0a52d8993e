/** What a flow reads: in its texts, in what its actions write, and in its conditions. */
import type { TemplateValue } from '../../../widget/contract/flow.ts';
import { pathsOf } from '../../../widget/flow/condition-check.ts';
import { isMalformed, referencesOf } from '../../../widget/flow/template.ts';
import { calledBy } from '../../actions/find.ts';
import { EXPORT_FIELDS } from '../../braze/profile-export.ts';
import { conditionsOf } from './conditions.ts';
import type { DraftFlow, DraftNode } from './draft.ts';
import type { Fields } from './fields.ts';
import { finding, type Finding, type Path } from './finding.ts';
import { reachedFrom, type Graph } from './graph.ts';
import { CONTEXT_PATHS, isContextPath, KNOWN_PATHS } from './paths.ts';
import { closest, didYouMean, listed } from './suggest.ts';
import { versionsOf, wordsOf } from './texts.ts';

/** A text in which something is read. */
interface Template {
  readonly path: Path;
  readonly template: string;
  /** The relay fills it, and no browser sees it. */
  readonly isMapping?: true;
}

/** One reference. `path[1]` is the node. */
interface Read {
  readonly path: Path;
  /** Such as `answers.first_name`. */
  readonly reads: string;
  /** Who reads it: a text that a browser shows, what an action sends, a branch, or an outcome by what was answered to the action. */
  readonly by: 'text' | 'mapping' | 'branch' | 'outcome';
  /** Whether something stands in for what is absent. */
  readonly hasDefault: boolean;
}

function templatesOf(id: string, node: DraftNode): readonly Template[] {
  const texts = wordsOf(id, node)
    .flatMap(versionsOf)
    .map(({ path, text }) => ({ path, template: text }));
  if (node.type === 'handoff') {
    const links = (node.offers ?? []).flatMap((offer = {}, index) =>
      'link' in offer ? [{ path: ['nodes', id, 'offers', index, 'link'], template: offer.link }] : [],
    );
    return [...texts, ...links];
  }
  if (node.type !== 'action') return texts;
  const placed = calledBy(node)?.templatesOf?.(node) ?? [];
  return placed.flatMap(({ path, value }) =>
    templatesIn(value, ['nodes', id, ...path]).map((each) => ({ ...each, isMapping: true as const })),
  );
}

function templatesIn(value: TemplateValue | undefined, path: Path): readonly Template[] {
  if (typeof value === 'string') return [{ path, template: value }];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]: [string, TemplateValue]) =>
    templatesIn(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

export function checkReads(flow: DraftFlow, fields: Fields, graph: Graph): readonly Finding[] {
  const templates = [...flow.nodes].flatMap(([id, node]) => templatesOf(id, node));
  const reads: readonly Read[] = [
    ...templates.flatMap(({ path, template, isMapping }) =>
      [...new Set(referencesOf(template))].map((each) => ({
        path,
        reads: each,
        by: isMapping ? ('mapping' as const) : ('text' as const),
        hasDefault: !hasBare(template, each),
      })),
    ),
    ...conditionsOf(flow).flatMap(({ path, condition }) =>
      pathsOf(condition).map((each) => ({
        path: [...path, ...each.path],
        reads: each.reads,
        by: path[2] === 'outcomes' ? ('outcome' as const) : ('branch' as const),
        hasDefault: false,
      })),
    ),
  ];
  const isAskedBefore = createAskedBefore(fields, graph);
  const kept = keptIn(flow);
  // A question of which the field cannot be read may be the one that asks.
  const isComplete = ![...flow.nodes.values()].some(
    (node) => node.type === 'ask' && node.field === undefined,
  );
  return [
    ...templates.flatMap((each) => [...checkTemplate(each), ...checkNearTemplate(each, fields)]),
    ...reads.flatMap((read) => checkRead(read, fields, isComplete, isAskedBefore, kept)),
  ];
}

/** Warns of answers that nothing is made of. */
export function checkUses(flow: DraftFlow, fields: Fields): readonly Finding[] {
  const used = new Set([
    ...[...flow.nodes]
      .flatMap(([id, node]) => templatesOf(id, node))
      .flatMap(({ template }) => [...referencesOf(template), ...nearReferencesOf(template, fields)]),
    ...conditionsOf(flow).flatMap(({ condition }) => pathsOf(condition).map(({ reads }) => reads)),
    // The widget itself heeds it.
    ...[...fields].flatMap(([field, asked]) =>
      asked.some(({ ask }) => 'purpose' in ask && ask.purpose === 'storage') ? [`answers.${field}`] : [],
    ),
  ]);
  const isUsed = (field: string) =>
    [...used].some((path) => path === `answers.${field}` || path.startsWith(`answers.${field}.`));
  return [...fields].flatMap(([field, [first]]) =>
    first === undefined || isUsed(field)
      ? []
      : [
          finding(
            'unused-answer',
            ['nodes', first.id, 'field'],
            `nothing reads "answers.${field}"; an action should write it, or the question can go`,
          ),
        ],
  );
}

/** Whether a template has a reference to a path without a default. */
function hasBare(template: string, path: string): boolean {
  return [...template.matchAll(/\{\{\s*([\w.]+)\s*\}\}/g)].some(([, bare]) => bare === path);
}

function checkTemplate({ path, template }: Template): readonly Finding[] {
  if (!isMalformed(template)) return [];
  const message = 'has a reference that cannot be read; it should be {{path}} or {{path | default: "words"}}';
  return [finding('malformed-template', path, message)];
}

/** Paths that stand in a text as if they were read: `{answers.first_name}`, or `answers.first_name` and nothing else. */
function nearReferencesOf(template: string, fields: Fields): readonly string[] {
  const known = [...CONTEXT_PATHS, ...[...fields.keys()].map((field) => `answers.${field}`)];
  const braced = [...template.matchAll(/(?<!\{)\{\s*([\w.]+)\s*\}(?!\})/g)].map(([, name = '']) => name);
  return [...braced, template.trim()].flatMap((name) => {
    if (known.includes(name)) return [name];
    return name !== template.trim() && fields.has(name) ? [`answers.${name}`] : [];
  });
}

function checkNearTemplate({ path, template }: Template, fields: Fields): readonly Finding[] {
  const [meant] = nearReferencesOf(template, fields);
  if (meant === undefined) return [];
  return [
    finding(
      'near-template',
      path,
      `stands as it is written, without what is read; did you mean "{{${meant}}}"?`,
    ),
  ];
}

/** What actions keep, and what of it they reveal. */
interface Kept {
  readonly names: readonly string[];
  readonly revealed: readonly (string | undefined)[];
}

function keptIn({ nodes }: DraftFlow): Kept {
  const actions = [...nodes.values()].filter((node) => node.type === 'action');
  return {
    names: actions.flatMap(({ keep }) => Object.keys(keep ?? {})),
    revealed: actions.flatMap(({ reveal }) => reveal ?? []),
  };
}

function checkRead(
  { path, reads, by, hasDefault }: Read,
  fields: Fields,
  isComplete: boolean,
  isAskedBefore: (field: string, node: string) => boolean,
  kept: Kept,
): readonly Finding[] {
  const [root, field, ...more] = reads.split('.');
  if (root === 'response' && by === 'outcome') return [];
  if (by === 'outcome') {
    const message = `reads "${reads}", but an outcome goes by what was answered alone: "response.…"; a branch after it reads the rest`;
    return [finding('unknown-path', path, message)];
  }
  if (root === 'kept' && field !== undefined) return checkKept(path, field, by, kept);
  if (root === 'answers' && field !== undefined) {
    const asked = fields.get(field);
    if (asked === undefined) return isComplete ? [unknownAnswer(path, reads, field, fields)] : [];
    if (more.length > 0 && !asked.some(({ ask }) => ask.input === 'choices')) {
      return [finding('unknown-path', path, `there is no "${reads}"; did you mean "answers.${field}"?`)];
    }
    if (asked.length === 0 || hasDefault || isAskedBefore(field, String(path[1]))) return [];
    const message = `reads "answers.${field}", but no way leads here from the question that asks for it; ask before`;
    return [finding('answer-not-asked-yet', path, message)];
  }
  if (isContextPath(reads)) return [];
  if (root === 'profile' && by === 'branch') return checkProfile(path, reads, field);
  return [unknownPath(path, reads, fields)];
}

function checkKept(path: Path, name: string, by: Read['by'], { names, revealed }: Kept): readonly Finding[] {
  if (!names.includes(name)) {
    const guess = closest(name, names);
    const message = `reads "kept.${name}", but no action keeps anything under that name`;
    return [finding('unknown-kept', path, `${message}${didYouMean(guess && `kept.${guess}`)}`)];
  }
  if (by !== 'text' || revealed.includes(name)) return [];
  const message = `shows "kept.${name}", which stays on the relay; the action that keeps it should list it under "reveal", if visitors may see it`;
  return [finding('not-revealed', path, message)];
}

/** Of a profile that is read which there is is known: those of the export. */
function checkProfile(path: Path, reads: string, field = ''): readonly Finding[] {
  if (EXPORT_FIELDS.includes(field)) return [];
  const guess = closest(field, EXPORT_FIELDS);
  const meant = guess === undefined ? `profile.custom_attributes.${field}` : reads.replace(field, guess);
  return [finding('unknown-path', path, `a profile has no "${field}"${didYouMean(meant)}`)];
}

function unknownAnswer(path: Path, reads: string, field: string, fields: Fields): Finding {
  const guess = closest(field, fields.keys());
  const message = `reads "${reads}", but no question asks for "${field}"`;
  return finding('unknown-answer', path, `${message}${didYouMean(guess && `answers.${guess}`)}`);
}

function unknownPath(path: Path, reads: string, fields: Fields): Finding {
  const message = reads === '' ? 'reads everything there is' : `there is no "${reads}"`;
  if (reads.split('.')[0] === 'profile') {
    return finding(
      'unknown-path',
      path,
      `${message} here; a profile is known to branches alone; what texts may show of it an action reads (users/export/ids) and reveals`,
    );
  }
  const answers = [...fields.keys()].map((field) => `answers.${field}`);
  const guess = fields.has(reads) ? `answers.${reads}` : closest(reads, [...answers, ...CONTEXT_PATHS]);
  const known = `; known are answers.<field>, ${listed(KNOWN_PATHS, 'and')}`;
  return finding('unknown-path', path, `${message}${didYouMean(guess, known)}`);
}

/** Whether any way from the start to a node passes by an answer to a question for a field. */
function createAskedBefore(fields: Fields, { ways, answered, reached, isOpen }: Graph) {
  const behind = new Map<string, ReadonlySet<string>>();
  return (field: string, node: string): boolean => {
    // Of what is not reached it was said already that it is not.
    if (isOpen || !reached.has(node)) return true;
    let nodes = behind.get(field);
    if (nodes === undefined) {
      const asks = (fields.get(field) ?? []).filter(({ id }) => reached.has(id));
      nodes = reachedFrom(
        asks.flatMap(({ id }) => answered.get(id) ?? []),
        ways,
      );
      behind.set(field, nodes);
    }
    return nodes.has(node);
  };
}
