/** Where a flow leads: whether each node is reached, and whether the conversation comes to an end from there. */
import { targetsOf, type Target } from '../targets.ts';
import type { DraftFlow } from './draft.ts';
import { finding, type Finding, type Path } from './finding.ts';
import { closest, didYouMean } from './suggest.ts';

export interface Graph {
  /** Each node with the nodes that it leads to. One that is misspelt leads where it was most likely meant to. */
  readonly ways: ReadonlyMap<string, readonly string[]>;
  /** Each question with the node that its answer leads to: a retry that is used up leads on without one. */
  readonly answered: ReadonlyMap<string, readonly string[]>;
  /** The nodes that the conversation comes to from the start, nearest first. */
  readonly reached: ReadonlySet<string>;
  /** Whether a way from the start leads nobody can say where, because of another mistake. What is not reached is then no mistake. */
  readonly isOpen: boolean;
  readonly findings: readonly Finding[];
}

export function graphOf(flow: DraftFlow): Graph {
  const { nodes } = flow;
  const targets = new Map([...nodes].map(([id, node]) => [id, targetsOf(id, node)] as const));
  const meant = (to: string) => (nodes.has(to) ? to : closest(to, nodes.keys()));
  const resolve = (to: string) => meant(to) ?? [];
  const ways = new Map([...targets].map(([id, all]) => [id, all.flatMap(({ to }) => resolve(to))]));
  const isNext = ({ path }: Target) => path.length === 3 && path[2] === 'next';
  const answered = new Map(
    [...targets].map(([id, all]) => [id, all.filter(isNext).flatMap(({ to }) => resolve(to))]),
  );
  const start = flow.start === undefined ? undefined : meant(flow.start);

  const loops = loopsOf(flow, ways);
  const open = new Set([
    ...[...targets].flatMap(([id, all]) => (all.some(({ to }) => meant(to) === undefined) ? [id] : [])),
    ...flow.findings.flatMap(({ path }) => (isAboutWay(path) ? [String(path[1])] : [])),
    ...loops.filter((loop) => !leavesItself(loop, ways)).flat(),
  ]);
  const reached = reachedFrom(start === undefined ? [] : [start], ways);
  const isOpen = start === undefined || [...reached].some((id) => open.has(id));

  // Where the nodes cannot be read, it is not the start that is wrong.
  const isRead = !flow.findings.some(({ path: [key, ...more] }) => key === 'nodes' && more.length === 0);
  const dangling = [
    ...(flow.start === undefined || !isRead ? [] : [{ path: ['start'], to: flow.start }]),
    ...[...targets.values()].flat(),
  ].flatMap((target) => checkTarget(target, nodes));
  return {
    ways,
    answered,
    reached,
    isOpen,
    findings: [
      ...dangling,
      ...loops.map((loop) => loopFinding(loop, ways)),
      ...(isOpen ? [] : checkReached(flow, ways, reached)),
      ...checkEnds(flow, ways, reached, open),
    ],
  };
}

/** Each node that is reached from any of some, and those themselves; nearest first. */
export function reachedFrom(
  from: readonly string[],
  ways: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const reached = new Set(from);
  // A set goes on with what is added to it while it is walked through.
  for (const id of reached) for (const next of ways.get(id) ?? []) reached.add(next);
  return reached;
}

function reversed(ways: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const back = new Map([...ways.keys()].map((id) => [id, [] as string[]]));
  for (const [id, all] of ways) for (const next of all) back.get(next)?.push(id);
  return back;
}

/** Keys of a node that say where it leads. */
const WAY_KEYS: readonly unknown[] = ['next', 'else', 'on', 'cases', 'ways', 'type', undefined];

/** Whether a mistake of the shape leaves open where a node leads. */
function isAboutWay([root, id, key, inner]: Path): boolean {
  return (
    root === 'nodes' && id !== undefined && (WAY_KEYS.includes(key) || (key === 'retry' && inner === 'next'))
  );
}

function checkTarget({ path, to }: Target, nodes: DraftFlow['nodes']): readonly Finding[] {
  if (nodes.has(to)) return [];
  const guess = closest(to, nodes.keys());
  return [finding('unknown-node', path, `there is no node "${to}"${didYouMean(guess)}`)];
}

/** The nodes of each loop that has no question in it, in the order of the file: the walk through it would never stop. */
function loopsOf({ nodes }: DraftFlow, ways: Graph['ways']): readonly (readonly string[])[] {
  const isAsk = (id: string) => nodes.get(id)?.type === 'ask';
  const walks = new Map(
    [...ways].map(([id, all]) => [id, isAsk(id) ? [] : all.filter((next) => !isAsk(next))] as const),
  );
  const back = reversed(walks);
  const candidates = new Set(walks.keys());
  // What leads nowhere is in no loop, nor is what leads only there.
  const leads = new Map([...walks].map(([id, all]) => [id, all.length]));
  const ends = [...candidates].filter((id) => leads.get(id) === 0);
  for (const id of ends) {
    candidates.delete(id);
    for (const before of back.get(id) ?? []) {
      const left = (leads.get(before) ?? 0) - 1;
      leads.set(before, left);
      if (left === 0) ends.push(before);
    }
  }
  const loops: string[][] = [];
  const seen = new Set<string>();
  for (const id of candidates) {
    if (seen.has(id)) continue;
    const after = reachedFrom(walks.get(id) ?? [], walks);
    if (!after.has(id)) continue;
    const before = reachedFrom([id], back);
    const loop = [...candidates].filter((each) => after.has(each) && before.has(each));
    for (const each of loop) seen.add(each);
    loops.push(loop);
  }
  return loops;
}

function leavesItself(loop: readonly string[], ways: Graph['ways']): boolean {
  return loop.some((id) => ways.get(id)?.some((next) => !loop.includes(next)));
}

function loopFinding(loop: readonly string[], ways: Graph['ways']): Finding {
  const [first = ''] = loop;
  const within = new Map(
    loop.map((id) => [id, (ways.get(id) ?? []).filter((next) => loop.includes(next))] as const),
  );
  const round = [...wayBack(first, within), first].join(' -> ');
  const message = `leads back to itself without a question in between (${round}); the conversation would never stop`;
  return finding('loop-without-ask', ['nodes', first], message);
}

/** The shortest way from a node to itself, without its end. */
function wayBack(id: string, ways: Graph['ways']): readonly string[] {
  const before = new Map<string, string>();
  const reached = new Set([id]);
  for (const each of reached) {
    for (const next of ways.get(each) ?? []) {
      if (next === id) return wayTo(each, before);
      if (!reached.has(next)) before.set(next, each);
      reached.add(next);
    }
  }
  return [id];
}

function wayTo(id: string, before: ReadonlyMap<string, string>): readonly string[] {
  const way = [id];
  for (let each = before.get(id); each !== undefined; each = before.get(each)) way.unshift(each);
  return way;
}

/** What is not reached, without what is not reached only because of that. */
function checkReached(
  { nodes }: DraftFlow,
  ways: Graph['ways'],
  reached: Graph['reached'],
): readonly Finding[] {
  const lost = [...nodes.keys()].filter((id) => !reached.has(id));
  const led = new Set(lost.flatMap((id) => (ways.get(id) ?? []).filter((next) => next !== id)));
  const first = lost.filter((id) => !led.has(id));
  const covered = new Set(reachedFrom(first, ways));
  for (const id of lost) {
    if (covered.has(id)) continue;
    first.push(id);
    for (const each of reachedFrom([id], ways)) covered.add(each);
  }
  return first.map((id) =>
    finding(
      'unreachable-node',
      ['nodes', id],
      'is never reached; some node should lead here, or it should go',
    ),
  );
}

/** The first node from which there is no way to an end: the others that it leads to have none for the same reason. */
function checkEnds(
  { nodes }: DraftFlow,
  ways: Graph['ways'],
  reached: Graph['reached'],
  open: ReadonlySet<string>,
): readonly Finding[] {
  const ends = [...nodes].flatMap(([id, { type }]) => (type === 'end' || open.has(id) ? [id] : []));
  const canEnd = reachedFrom(ends, reversed(ways));
  const stuck = [...reached].find((id) => !canEnd.has(id));
  if (stuck === undefined) return [];
  const message = 'no way leads on from here to an "end"; the conversation would never be over';
  return [finding('no-way-to-end', ['nodes', stuck], message)];
}
