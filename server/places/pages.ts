/** The pages that show where people leave. They need no script, and each number says what it is. */
import { html, raw } from 'hono/html';
import type { DraftFlow } from '../flows/lint/draft.ts';
import type { Tallied } from '../store/store.ts';
import { cardsOf, waysOf, type Card, type Way } from './cards.ts';
import { numberWords, percent, type FlowStats } from './flow-stats.ts';
import { place } from './layout.ts';
import { pictureOf, type Markup } from './picture.ts';

/** Path of the style sheet, beside the pages. */
export const STYLE_PATH = '/flows/style.css';

const DAY = 24 * 60 * 60 * 1_000;

const DATES = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});

/** `3 Oct – 22 Nov 2026`; one day alone where it is one. */
const daysOf = ({ first, last }: Pick<Tallied, 'first' | 'last'>): string =>
  DATES.formatRange(first * DAY, last * DAY);

function pageOf(title: string, body: Markup): Markup {
  return html`${raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="stylesheet" href="${STYLE_PATH}" />
      </head>
      <body>
        ${body}
      </body>
    </html>`;
}

export interface ListedFlow {
  readonly id: string;
  /** Of all revisions and environments that are counted, that which was counted last. */
  readonly newest: (Tallied & { readonly stats: FlowStats }) | undefined;
}

export function listPage(flows: readonly ListedFlow[]): Markup {
  const title = 'Where people leave';
  const body = html`<main>
    <h1>${title}</h1>
    <p class="lead">Each flow as a picture, with how many came to each of its nodes, and where they left.</p>
    ${
      flows.length === 0
        ? html`<p>There is no flow.</p>`
        : html`<ul class="flows">
            ${flows.map(listed)}
          </ul>`
    }
  </main>`;
  return pageOf(title, body);
}

function listed({ id, newest }: ListedFlow): Markup {
  if (!newest) {
    return html`<li>
      <a href="/flows/${id}">${id}</a>
      <p>Nothing is counted of it yet.</p>
    </li>`;
  }
  const { began, ended, left } = newest.stats;
  return html`<li>
    <a href="/flows/${id}">${id}</a>
    <p>${newest.environment} · ${daysOf(newest)}</p>
    <p>
      <span><b>${numberWords(began)}</b> began</span> ·
      <span><b>${percent(ended, began)}</b> came to an end</span> ·
      <span><b>${percent(left, began)}</b> left</span>
    </p>
  </li>`;
}

export interface FlowPage {
  readonly id: string;
  readonly environment: string;
  readonly revision: string;
  /** That a browser gets now. */
  readonly present: string | undefined;
  /** What there are counts of, of this flow. */
  readonly tallied: readonly Tallied[];
  /** As it is at that revision; `undefined` where nobody knows it any more. */
  readonly flow: DraftFlow | undefined;
  readonly stats: FlowStats;
}

export function flowPage(page: FlowPage): Markup {
  const { id, flow, stats } = page;
  const cards = flow ? cardsOf(flow, stats) : [];
  const ways = flow ? waysOf(flow, stats) : [];
  const body = html`<nav class="crumbs" aria-label="Where this is"><a href="/flows">All flows</a></nav>
    <main>
      <h1>${id}</h1>
      <p class="lead">Where people leave this flow.</p>
      ${choicesOf(page)} ${figuresOf(stats)} ${worstOf(cards)}
      ${flow ? drawn(page, cards, ways) : html`<p>The relay does not know the texts of this revision any more.</p>`}
      ${explained()}
    </main>`;
  return pageOf(`${id} – where people leave`, body);
}

/** Environments, and revisions of the one that is shown. */
function choicesOf({ id, environment, revision, present, tallied }: FlowPage): Markup {
  const environments = [...new Set([environment, ...tallied.map((each) => each.environment)])].sort();
  const own = tallied.filter((each) => each.environment === environment);
  const isCounted = own.some((each) => each.revision === revision);
  const link = (query: string, isChosen: boolean, words: Markup | string) =>
    html`<li>
      <a href="/flows/${id}?${query}" ${isChosen ? raw('aria-current="true"') : ''}>${words}</a>
    </li>`;
  const queryOf = (name: string, at?: string) =>
    new URLSearchParams({ environment: name, ...(at !== undefined && { revision: at }) }).toString();
  return html`<nav class="choices" aria-label="What is counted">
    <h2>Environment</h2>
    <ul>
      ${environments.map((name) => link(queryOf(name), name === environment, name))}
    </ul>
    <h2>Revision</h2>
    <ul>
      ${isCounted ? '' : link(queryOf(environment, revision), true, html`${nameOf(revision, present)}, not counted yet`)}
      ${own.map((each) =>
        link(
          queryOf(environment, each.revision),
          each.revision === revision,
          html`${nameOf(each.revision, present)}, ${daysOf(each)}`,
        ),
      )}
    </ul>
  </nav>`;
}

/** Enough of a hash to tell it from others. */
function nameOf(revision: string, present: string | undefined): Markup {
  return html`<code>${revision.slice(0, 7)}</code>${revision === present ? ' (now)' : ''}`;
}

function figuresOf({ began, ended, left }: FlowStats): Markup {
  const figures: readonly (readonly [string, number, string])[] = [
    ['began', began, 'gave a first answer'],
    ['came to an end', ended, percent(ended, began)],
    ['left', left, `${percent(left, began)}, also who came back later`],
  ];
  return html`<ul class="figures">
    ${figures.map(
      ([words, count, more]) =>
        html`<li><b>${numberWords(count)}</b> <span>${words}</span> <small>${more}</small></li>`,
    )}
  </ul>`;
}

function worstOf(cards: readonly Card[]): Markup | string {
  const worst = cards.find(({ isWorst }) => isWorst);
  if (!worst) return '';
  const { shown, left } = worst.stats;
  return html`<p class="callout">
    Most leave at <a href="#worst">${worst.id}</a>: ${numberWords(left)} of the ${numberWords(shown)} that
    came to it (${percent(left, shown)}).
  </p>`;
}

function drawn({ id, flow, stats }: FlowPage, cards: readonly Card[], ways: readonly Way[]): Markup {
  const { began, ended, left } = stats;
  const worst = cards.find(({ isWorst }) => isWorst);
  const description = [
    `Of ${numberWords(began)} conversations ${numberWords(ended)} came to an end and ${numberWords(left)} were left`,
    worst ? `, most at ${worst.id}` : '',
    '. The same is in the table below.',
  ].join('');
  const picture = pictureOf(place(cards, ways, began), {
    title: `The flow ${id} and where people leave it`,
    description,
    locale: flow?.locale ?? 'en',
  });
  return html`<figure>
      <div class="scroller" role="region" aria-label="Picture of the flow" tabindex="0">
        <div class="sheet"><span class="middle"></span>${picture}</div>
      </div>
      <figcaption>
        From top to bottom. The wider a line, the more went that way. What falls out at the right of a card
        was left there, and the hatched part of its bar is their share. A dashed line leads back.
      </figcaption>
    </figure>
    <details>
      <summary>The same as a table</summary>
      <div class="scroller" role="region" aria-label="Table of the flow" tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">Node</th>
              <th scope="col">Came</th>
              <th scope="col">Answered</th>
              <th scope="col">Refused</th>
              <th scope="col">Left</th>
              <th scope="col">Share that left</th>
              <th scope="col">Went on to</th>
            </tr>
          </thead>
          <tbody>
            ${cards.map((card) => rowOf(card, ways))}
          </tbody>
        </table>
      </div>
    </details>`;
}

function rowOf({ id, kind, isQuestion, isWorst, stats }: Card, ways: readonly Way[]): Markup {
  const { shown, answered, refused, left } = stats;
  const onward = ways.filter(({ from }) => from === id).map(({ to, count }) => `${to} ${numberWords(count)}`);
  return html`<tr>
    <th scope="row">${id} <small>${kind}${isWorst ? ', where most leave' : ''}</small></th>
    <td>${numberWords(shown)}</td>
    <td>${isQuestion ? numberWords(answered) : ''}</td>
    <td>${isQuestion ? numberWords(refused) : ''}</td>
    <td>${isQuestion ? numberWords(left) : ''}</td>
    <td>${isQuestion ? percent(left, shown) : ''}</td>
    <td>${onward.join(', ')}</td>
  </tr>`;
}

function explained(): Markup {
  const words: readonly (readonly [string, string])[] = [
    [
      'Began',
      'conversations in which something was answered. Who opens the chat and says nothing is not counted.',
    ],
    ['Came', 'conversations that came to the node. Each is counted once there, however often it comes.'],
    ['Answered', 'those in which the question was answered, or passed over where that is allowed.'],
    ['Refused', 'answers that were not taken, by the question or by Braze. One visitor may have several.'],
    [
      'Left',
      'conversations whose visitor has gone from there and not come back within the idle time of the site. Who comes back later has left all the same.',
    ],
    ['Beside a line', 'how many first came to the next node by it. Who corrects an answer may go both ways.'],
    [
      'The rest',
      'of those who began are still at it, or their browser could tell nothing: offline, or ended by force.',
    ],
  ];
  return html`<section aria-labelledby="meaning">
    <h2 id="meaning">What each number means</h2>
    <dl>
      ${words.map(
        ([term, meaning]) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${meaning}</dd>
          </div>`,
      )}
    </dl>
    <p>Days are those of UTC. Nothing of this is of anybody by name.</p>
  </section>`;
}

/** What to do about an address of which there is nothing. */
export function missingPage(words: string): Markup {
  return pageOf(
    'Not found',
    html`<main>
      <h1>Not found</h1>
      <p>${words}</p>
      <p><a href="/flows">All flows</a></p>
    </main>`,
  );
}
