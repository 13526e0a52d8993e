/** A flow and its counts as a picture (SVG 2). Its colours are those of the page that it stands in (`style.ts`). */
import { html, raw } from 'hono/html';
import { FIGURES, HEAD, LEFT, LINE_HEIGHT, PADDING, WORDS_HEIGHT, type Card } from './cards.ts';
import { numberWords, percent } from './flow-stats.ts';
import type { Placed, PlacedCard, PlacedWay, Point } from './layout.ts';

export type Markup = ReturnType<typeof html>;

/** Pixels. Of the corner of a card. */
const RADIUS = 12;

/** Thickness of what falls out of a card where all were lost there, and how far it falls. */
const LOST = 26;
const FALL = 34;

/** For who cannot see it: what it is a picture of, and what is seen on it first; and of what language its texts are. */
export interface Caption {
  readonly title: string;
  readonly description: string;
  readonly locale: string;
}

export function pictureOf(
  { width, height, cards, ways }: Placed,
  { title, description, locale }: Caption,
): Markup {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return html`<svg
    class="flow"
    xmlns="http://www.w3.org/2000/svg"
    role="img"
    aria-labelledby="picture-title picture-description"
    width="${w}"
    height="${h}"
    viewBox="0 0 ${w} ${h}"
  >
    <title id="picture-title">${title}</title>
    <desc id="picture-description">${description}</desc>
    <defs>
      <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch-ground" width="6" height="6" />
        <rect class="hatch-line" width="3" height="6" />
      </pattern>
      <linearGradient id="lost" x1="0" y1="0" x2="0" y2="1">
        <stop class="lost-start" offset="0" />
        <stop class="lost-end" offset="1" />
      </linearGradient>
      <marker
        id="back"
        viewBox="0 0 10 10"
        refX="9"
        refY="5"
        markerWidth="9"
        markerHeight="9"
        markerUnits="userSpaceOnUse"
        orient="auto"
      >
        <path class="arrow" d="M0 0 10 5 0 10z" />
      </marker>
    </defs>
    ${ways.map(lineOf)} ${cards.map(lossOf)} ${ways.map(labelOf)}
    <g lang="${locale}">${cards.map(cardOf)}</g>
  </svg>`;
}

function lineOf(way: PlacedWay): Markup {
  const names = ['way', way.isBack && 'back', way.count === 0 && 'untaken'].filter(Boolean).join(' ');
  const arrow = way.isBack || way.count === 0 ? raw('marker-end="url(#back)"') : '';
  return html`<path
    class="${names}"
    d="${curveOf(way.points)}"
    stroke-width="${round(way.thickness)}"
    ${arrow}
  />`;
}

/** Straight down at each of the points, so that ways leave and come to cards at right angles. */
function curveOf(points: readonly Point[]): string {
  const [first = { x: 0, y: 0 }, ...others] = points;
  let before = first;
  const parts = others.map((point) => {
    const middle = (before.y + point.y) / 2;
    const part = `C${round(before.x)} ${round(middle)} ${round(point.x)} ${round(middle)} ${round(point.x)} ${round(point.y)}`;
    before = point;
    return part;
  });
  return `M${round(first.x)} ${round(first.y)}${parts.join('')}`;
}

function labelOf({ label: { x, y }, count, words }: PlacedWay): Markup {
  const top = y + 5 - (words.length * WORDS_HEIGHT) / 2;
  return html`<g class="label${count === 0 ? ' untaken' : ''}" text-anchor="middle">
    <text class="count" x="${round(x)}" y="${round(top)}">${numberWords(count)}</text>
    ${words.map(
      (line, index) =>
        html`<text class="words" x="${round(x)}" y="${round(top + (index + 1) * WORDS_HEIGHT)}"
          >${line}</text
        >`,
    )}
  </g>`;
}

/** What falls out of a card, as thick as many were lost there. */
function lossOf({ x, y, width, height, stats: { shown, left } }: PlacedCard): Markup | string {
  if (left === 0) return '';
  const thick = Math.max(4, LOST * Math.min(1, left / Math.max(1, shown)));
  const [edge, level] = [x + width - 1, y + height - LEFT + 4];
  const [inner, outer] = [edge + 10, edge + 10 + thick];
  // Out to the right and down, as thick there as where it begins.
  const path = [
    `M${round(edge)} ${round(level)}`,
    `Q${round(outer)} ${round(level)} ${round(outer)} ${round(level + thick + 10)}`,
    `V${round(level + thick + FALL)}`,
    `H${round(inner)}`,
    `V${round(level + thick + 10)}`,
    `Q${round(inner)} ${round(level + thick)} ${round(edge)} ${round(level + thick)}Z`,
  ].join('');
  return html`<path class="lost" d="${path}" />`;
}

function cardOf(card: PlacedCard): Markup {
  const { id, x, y, width, height, kind, isSeen, lines, stats, isWorst } = card;
  const names = ['card', isWorst && 'worst', stats.shown === 0 && 'unseen'].filter(Boolean).join(' ');
  return html`<g
    class="${names}"
    ${isWorst ? raw('id="worst"') : ''}
    transform="translate(${round(x)} ${round(y)})"
  >
    ${
      isWorst
        ? html`<rect
            class="ring"
            x="-6"
            y="-6"
            width="${width + 12}"
            height="${height + 12}"
            rx="${RADIUS + 6}"
          />`
        : ''
    }
    <rect class="ground" width="${width}" height="${height}" rx="${RADIUS}" />
    <text class="kind" x="${PADDING}" y="22">${kind}<tspan class="id" dx="6">${id}</tspan></text>
    ${
      isSeen
        ? lines.map(
            (line, index) =>
              html`<text class="say" x="${PADDING}" y="${HEAD + 10 + index * LINE_HEIGHT}">${line}</text>`,
          )
        : html`<text class="figure" text-anchor="end" x="${width - PADDING}" y="23"
              >${numberWords(stats.shown)}</text
            >
            ${lines.map((line) => html`<text class="words" x="${PADDING}" y="${HEAD + 6}">${line}</text>`)}`
    }
    ${isSeen ? figuresOf(card) : ''} ${stats.left > 0 ? leftOf(card) : ''} ${isWorst ? badgeOf(width) : ''}
  </g>`;
}

/** A card that is a question says what became of it. */
function figuresOf({ lines, stats, isQuestion }: Card): Markup {
  const top = HEAD + lines.length * LINE_HEIGHT;
  if (!isQuestion) {
    return html`<text class="figure" x="${PADDING}" y="${top + 18}"
      >${numberWords(stats.shown)}<tspan class="words" dx="5">came</tspan></text
    >`;
  }
  const figures: readonly (readonly [number, string])[] = [
    [stats.shown, 'came'],
    [stats.answered, 'answered'],
    [stats.refused, 'refused'],
  ];
  return html`${figures.map(
    ([count, words], index) =>
      html`<text class="figure" x="${PADDING + index * 76}" y="${top + 19}">${numberWords(count)}</text>
        <text class="words" x="${PADDING + index * 76}" y="${top + 34}">${words}</text>`,
  )}`;
}

function leftOf({ lines, width, stats: { shown, left } }: Card): Markup {
  const top = HEAD + lines.length * LINE_HEIGHT + FIGURES + PADDING / 2;
  const inner = width - 2 * PADDING;
  const share = Math.max(3, inner * Math.min(1, left / Math.max(1, shown)));
  return html`<rect class="bar" x="${PADDING}" y="${top}" width="${inner}" height="8" rx="4" />
    <rect
      class="bar-left"
      x="${round(PADDING + inner - share)}"
      y="${top}"
      width="${round(share)}"
      height="8"
      rx="4"
    />
    <text class="left" x="${width - PADDING}" y="${top + 22}" text-anchor="end"
      >${numberWords(left)} left here · ${percent(left, shown)}</text
    >`;
}

/** Seen without colours: a flag, and words. */
function badgeOf(width: number): Markup {
  return html`<g class="badge" transform="translate(${width - 120} -19)">
    <rect width="130" height="24" rx="12" />
    <path d="M12 5.5v13M12 6.5h8l-2.2 3 2.2 3h-8" />
    <text x="26" y="16.5">Most leave here</text>
  </g>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
