/** Where cards and ways go: in layers from top to bottom, by Dagre (Sugiyama's method, as Gansner et al. have it, 1993). */
import * as dagre from '@dagrejs/dagre';
import { WORDS_HEIGHT, WORDS_SIZE, type Card, type Way } from './cards.ts';
import { numberWords } from './flow-stats.ts';
import { widthOf } from './text-width.ts';

/** What is used of it. The types that come with it cannot be resolved by Node's rules: they import without file extensions. */
interface Dagre {
  readonly Graph: new () => LayoutGraph;
  readonly layout: (graph: LayoutGraph) => void;
}

interface LayoutGraph {
  setGraph(options: Readonly<Record<string, string | number>>): void;
  setNode(id: string, box: Box): void;
  setEdge(from: string, to: string, label: Box & { readonly labelpos: 'c'; readonly weight: number }): void;
  graph(): Box;
  /** Its middle. */
  node(id: string): Point;
  edge(from: string, to: string): Point & { readonly points: readonly Point[] };
}

interface Box {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Its top left corner. */
export type PlacedCard = Card & Point;

export interface PlacedWay extends Way {
  /** From a card's edge to the other's. */
  readonly points: readonly Point[];
  readonly thickness: number;
  /** It leads back up: somebody is asked again. */
  readonly isBack: boolean;
  /** The middle of what is written beside it. */
  readonly label: Point;
}

export interface Placed {
  readonly width: number;
  readonly height: number;
  readonly cards: readonly PlacedCard[];
  readonly ways: readonly PlacedWay[];
}

/** Pixels. */
const MARGIN = 28;
const BETWEEN_CARDS = 44;
const BETWEEN_WAYS = 28;
const BETWEEN_LAYERS = 44;

/** Pixels of a way that nobody took, and of one that all did. */
const THINNEST = 1.5;
const THICKEST = 26;

/** Between two ways at the edge of a card. */
const GAP = 6;

/** How much straighter a way is drawn that all have taken than one that nobody has. */
const STRAIGHTEST = 12;

/** Of what is written beside a way: its letters. */
const COUNT_SIZE = 13;

/** @param began conversations: a way that as many took is the thickest */
export function place(cards: readonly Card[], ways: readonly Way[], began: number): Placed {
  const shareOf = ({ count }: Way) => (began > 0 ? Math.min(1, count / began) : 0);
  const { Graph, layout } = dagre as unknown as Dagre;
  const graph = new Graph();
  graph.setGraph({
    rankdir: 'TB',
    marginx: MARGIN,
    marginy: MARGIN,
    nodesep: BETWEEN_CARDS,
    edgesep: BETWEEN_WAYS,
    ranksep: BETWEEN_LAYERS,
    acyclicer: 'greedy',
  });
  for (const { id, width, height } of cards) graph.setNode(id, { width, height });
  for (const way of ways)
    graph.setEdge(way.from, way.to, {
      ...sizeOf(way),
      labelpos: 'c',
      weight: 1 + Math.round(STRAIGHTEST * shareOf(way)),
    });
  layout(graph);

  const placed = new Map(
    cards.map((card) => {
      const { x, y } = graph.node(card.id);
      return [card.id, { ...card, x: x - card.width / 2, y: y - card.height / 2 }] as const;
    }),
  );
  const { width, height } = graph.graph();
  const drawn = ways.flatMap((way) => {
    const [from, to] = [placed.get(way.from), placed.get(way.to)];
    const { points, x, y } = graph.edge(way.from, way.to);
    if (!from || !to) return [];
    const thickness = Math.max(THINNEST, THICKEST * shareOf(way));
    return [{ ...way, points, thickness, isBack: from.y >= to.y, label: { x, y } }];
  });
  return { width, height, cards: [...placed.values()], ways: atEdges(placed, drawn) };
}

/** Of what is written beside a way: how many took it, and by what. */
function sizeOf({ count, words }: Way): Box {
  const widths = words.map((line) => widthOf(line, WORDS_SIZE));
  const width = Math.max(widthOf(numberWords(count), COUNT_SIZE), ...widths) + 16;
  return { width, height: 24 + words.length * WORDS_HEIGHT };
}

/** Side by side where they leave a card and where they come to one, each in the order in which it goes on. */
function atEdges(cards: ReadonlyMap<string, PlacedCard>, ways: readonly PlacedWay[]): readonly PlacedWay[] {
  const starts = new Map<PlacedWay, Point>();
  const ends = new Map<PlacedWay, Point>();
  for (const card of cards.values()) {
    const bottom = card.y + card.height;
    const leaving = ways.filter(({ from, isBack }) => from === card.id && !isBack);
    const comingBack = ways.filter(({ to, isBack }) => to === card.id && isBack);
    const coming = ways.filter(({ to, isBack }) => to === card.id && !isBack);
    const goingBack = ways.filter(({ from, isBack }) => from === card.id && isBack);
    spread(card, bottom, [...leaving, ...comingBack], (way) => (way.to === card.id ? ends : starts));
    spread(card, card.y, [...coming, ...goingBack], (way) => (way.to === card.id ? ends : starts));
  }
  return ways.map((way) => {
    const between = way.points.slice(1, -1);
    const [start, end] = [starts.get(way), ends.get(way)];
    return start && end ? { ...way, points: [start, ...between, end] } : way;
  });
}

function spread(
  card: PlacedCard,
  y: number,
  ways: readonly PlacedWay[],
  mapOf: (way: PlacedWay) => Map<PlacedWay, Point>,
): void {
  const nextOf = (way: PlacedWay) =>
    (way.to === card.id ? way.points.at(-2) : way.points[1]) ?? { x: 0, y: 0 };
  const sorted = [...ways].sort((one, other) => nextOf(one).x - nextOf(other).x);
  const total = sorted.reduce((sum, { thickness }) => sum + thickness + GAP, -GAP);
  let x = card.x + card.width / 2 - total / 2;
  for (const way of sorted) {
    mapOf(way).set(way, { x: x + way.thickness / 2, y });
    x += way.thickness + GAP;
  }
}
