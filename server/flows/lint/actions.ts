/** What actions call and how they are routed: what all have in common, and what the registry says of each. */
import { calledBy } from '../../actions/find.ts';
import { OUTCOMES } from '../action-schema.ts';
import type { DraftAction, DraftFlow, DraftNode } from './draft.ts';
import type { Fields } from './fields.ts';
import { finding, type Finding, type Path } from './finding.ts';
import { closest, didYouMean } from './suggest.ts';

export function checkActions({ nodes, findings }: DraftFlow, fields: Fields): readonly Finding[] {
  return [...nodes].flatMap(([id, node]) => {
    const at = ['nodes', id];
    if (node.type === 'handoff') return checkHostEvents(node, at);
    if (node.type !== 'action') return [];
    // Of one that cannot be read nobody can say that it is empty.
    const isRead = !findings.some(({ path }) => path[1] === id && path[2] !== 'on' && path.length > 2);
    const own = calledBy(node)?.lint?.(node, at, fields) ?? [];
    return [...own.filter(({ code }) => isRead || code !== 'empty-action'), ...checkOutcomes(node, at)];
  });
}

type DraftHandoff = Extract<DraftNode, { readonly type: 'handoff' }>;

/** The page around the widget listens for names that it knows. */
function checkHostEvents({ offers = [] }: DraftHandoff, at: Path): readonly Finding[] {
  return offers.flatMap((offer = {}, index) =>
    'event' in offer && offer.event.includes('{{')
      ? [
          finding(
            'templated-event-name',
            [...at, 'offers', index, 'event'],
            'cannot be a template, because the page listens for a name that it knows; it should be such as "open-live-chat"',
          ),
        ]
      : [],
  );
}

/** Each outcome of its own leads somewhere, and nothing leads on from one that there is not. */
function checkOutcomes({ on, outcomes = {}, keep = {}, reveal = [] }: DraftAction, at: Path) {
  const named = Object.keys(outcomes);
  return [
    ...named.flatMap((name) => {
      if (OUTCOMES.includes(name)) {
        const words = `is one that there is anyway; an outcome of your own has another name, such as "vip"`;
        return [finding('reserved-outcome', [...at, 'outcomes', name], words)];
      }
      const words = `leads nowhere: "on" should say where, "${name}": "<node>"`;
      return Object.hasOwn(on ?? {}, name)
        ? []
        : [finding('missing-route', [...at, 'outcomes', name], words)];
    }),
    ...Object.keys(on ?? {}).flatMap((name) => {
      if (OUTCOMES.includes(name) || named.includes(name)) return [];
      const known = [...OUTCOMES, ...named];
      const guess = didYouMean(closest(name, known), '; "outcomes" should say when');
      return [finding('unknown-outcome', [...at, 'on', name], `there is no outcome "${name}"${guess}`)];
    }),
    ...reveal.flatMap((name, index) => {
      if (name === undefined || Object.hasOwn(keep, name)) return [];
      const guess = didYouMean(closest(name, Object.keys(keep)), '; "keep" should say what it is');
      return [finding('unknown-kept', [...at, 'reveal', index], `nothing is kept as "${name}"${guess}`)];
    }),
  ];
}
