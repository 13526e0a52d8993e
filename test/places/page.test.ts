/** The pages that show where people leave, over real HTTP, and the pictures on them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { globSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { readShape } from '../../server/flows/lint/shape.ts';
import { loadFlow } from '../../server/flows/load.ts';
import { revisionOf } from '../../server/flows/shelf.ts';
import { cardsOf, waysOf } from '../../server/places/cards.ts';
import { inOrder, percent, statsOf } from '../../server/places/flow-stats.ts';
import { place } from '../../server/places/layout.ts';
import { shortenedTo, widthOf, wrapped } from '../../server/places/text-width.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { StoreError, type Store, type Tally } from '../../server/store/store.ts';
import {
  FLOW,
  PROD_KEY,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from '../server/relay-fixture.ts';
import { countInto } from './counted.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-places-'));
after(() => rmSync(folder, { recursive: true }));

/** As it was before: another text. */
const EARLIER = { ...FLOW, nodes: { ...FLOW.nodes, name: { ...FLOW.nodes.name, text: 'Who is it?' } } };

/** What somebody might write who knows HTML. */
const HOSTILE = {
  ...FLOW,
  id: 'hostile',
  nodes: {
    ...FLOW.nodes,
    name: { ...FLOW.nodes.name, text: `</text><script>alert("1")</script>'&amp;` },
  },
};

async function startRelay(store: Store): Promise<RunningRelay> {
  const settings = settingsFor({ sandbox: 'http://127.0.0.1:9', prod: 'http://127.0.0.1:9' });
  const { brand } = settings.sites;
  return serveRelay({
    settings: { ...settings, sites: { ...settings.sites, brand: { ...brand, counts: true } } },
    env: {
      BRAZE_SANDBOX_KEY: SANDBOX_KEY,
      BRAZE_PROD_KEY: PROD_KEY,
      SESSION_SECRET,
      PARLEY_DEVELOPMENT: '1',
    },
    flows: [FLOW, HOSTILE].map((json) => ({ source: json.id, json })),
    assets: folder,
    store,
    port: 0,
    operatorPort: 0,
    hostname: '127.0.0.1',
    log: () => undefined,
  });
}

describe('the page of a flow', () => {
  let relay: RunningRelay;
  let revision: string;
  let earlier: string;
  const get = async (path: string) => {
    const response = await fetch(`${relay.operatorUrl ?? ''}${path}`);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  before(async () => {
    const store = createMemoryStore({ clock: Date.now });
    relay = await startRelay(store);
    revision = await revisionOf(loadFlow(FLOW, 'welcome'));
    earlier = await revisionOf(loadFlow(EARLIER, 'welcome'));
    await relay.replaceFlows([{ source: 'welcome', json: EARLIER }]);
    // By being given to a browser it is remembered.
    await fetch(`${relay.url}/v1/flows/welcome`, { headers: { origin: SANDBOX_ORIGIN } });
    await relay.replaceFlows([FLOW, HOSTILE].map((json) => ({ source: json.id, json })));
    await countInto(store, { flow: 'welcome', revision, environment: 'prod' }, [
      ...Array.from({ length: 6 }, () => 'hello name email birthday save thanks'),
      ...Array.from({ length: 3 }, () => 'hello name email!*'),
      'hello name!!*',
    ]);
    await countInto(store, { flow: 'welcome', revision: earlier, environment: 'sandbox' }, ['hello name*']);
    await countInto(store, { flow: 'gone', revision: 'r0', environment: 'prod' }, ['hello name*']);
  });
  after(() => relay.close());

  it('says how many came, answered and left, and where most did', async () => {
    const { status, text } = await get('/flows/welcome');
    assert.equal(status, 200);
    const rows = [...text.matchAll(/<tr>\s*<th scope="row">([\s\S]*?)<\/tr>/g)].map(([, row = '']) =>
      row
        .replace(/<[^>]*>/g, '|')
        .split('|')
        .map((cell) => cell.trim())
        .filter((cell) => cell !== '')
        .join(' | '),
    );
    assert.deepEqual(rows, [
      'hello | Message | 10 | name 10',
      'name | Question | 10 | 9 | 2 | 1 | 10 % | email 9',
      'email | Question, where most leave | 9 | 6 | 3 | 3 | 33 % | birthday 6',
      'birthday | Question | 6 | 6 | 0 | 0 | 0 % | save 6',
      'save | Action | 6 | thanks 6, sorry 0',
      'thanks | End | 6',
      'sorry | End | 0',
    ]);
    assert.match(text, /Most leave at\s+<a href="#worst">email<\/a>: 3 of the 9 that\s+came to it \(33 %\)/);
    assert.match(text, /<desc[^>]*>Of 10 conversations 6 came to an end and 4 were left, most at email\./);
  });
  it('draws it for who sees, and names the picture for who does not', async () => {
    const { text } = await get('/flows/welcome');
    const [picture = ''] = /<svg[\s\S]*<\/svg>/.exec(text) ?? [];
    assert.match(picture, /role="img"\s+aria-labelledby="picture-title picture-description"/);
    assert.equal([...picture.matchAll(/class="ground"/g)].length, 7);
    // The worst place is seen without colours, by words.
    assert.equal([...picture.matchAll(/Most leave here/g)].length, 1);
    assert.match(picture, />3 left here · 33 %</);
  });
  it('runs nothing, and loads nothing but its own style sheet', async () => {
    for (const path of ['/flows', '/flows/welcome', '/flows/nothing']) {
      const { headers, text } = await get(path);
      assert.match(
        headers.get('content-security-policy') ?? '',
        /^default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
      );
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(/<script|\sstyle=|\son\w+=/.test(text), false, path);
    }
    const style = await get('/flows/style.css');
    assert.match(style.headers.get('content-type') ?? '', /^text\/css/);
    assert.match(style.text, /prefers-color-scheme: dark/);
  });
  it('shows what a flow says as text, whatever it says', async () => {
    const { text } = await get('/flows/hostile');
    assert.equal(text.includes('<script>'), false);
    assert.match(text, /&lt;script&gt;/);
  });
  it('is of an environment and a revision, drawn as it was then', async () => {
    const now = await get(`/flows/welcome?environment=prod&revision=${revision}`);
    assert.match(now.text, /Name\?/);
    const before = await get('/flows/welcome?environment=sandbox');
    assert.match(before.text, /Who is it\?/);
    const chosen = [...before.text.matchAll(/aria-current="true"\s*>([\s\S]*?)<\/a/g)].map(([, words = '']) =>
      words.replace(/<[^>]*>/g, '').trim(),
    );
    assert.deepEqual(chosen[0], 'sandbox');
    assert.match(chosen[1] ?? '', new RegExp(`^${earlier.slice(0, 7)}, \\d+ \\w+ \\d{4}$`));
    const uncounted = await get(`/flows/welcome?environment=sandbox&revision=${revision}`);
    assert.equal(uncounted.status, 200);
    assert.match(uncounted.text, /\(now\), not counted yet/);
  });
  it('shows what was counted of a flow that nobody knows any more', async () => {
    const { status, text } = await get('/flows/gone');
    assert.equal(status, 200);
    assert.match(text, /does not know the texts of this revision any more/);
  });

  const MISSING: readonly { readonly path: string; readonly says: RegExp }[] = [
    { path: '/flows/nothing', says: /There is no flow “nothing”/ },
    { path: '/flows/welcome?environment=live', says: /no environment “live”: it should be sandbox or prod/ },
    { path: '/flows/welcome?revision=r9', says: /Nothing was counted of “welcome” at revision “r9” in prod/ },
    { path: '/flows/%3Cb%3E', says: /“&lt;b&gt;”/ },
  ];
  for (const { path, says } of MISSING) {
    it(`says what there is not: ${path}`, async () => {
      const { status, text } = await get(path);
      assert.equal(status, 404);
      assert.match(text, says);
    });
  }

  it('is one of those that are listed', async () => {
    const { text } = await get('/flows');
    const listed = [...text.matchAll(/<li>\s*<a href="\/flows\/(\w+)">[\s\S]*?<\/li>/g)].map(
      ([item, id = '']) => [
        id,
        item
          .slice(item.indexOf('</a>'))
          .replace(/<[^>]*>/g, '')
          .replace(/\s+/g, ' ')
          .trim()
          .replace(/\d+ \w+ \d{4}/, 'TODAY'),
      ],
    );
    assert.deepEqual(listed, [
      ['welcome', 'prod · TODAY 10 began · 60 % came to an end · 40 % left'],
      ['hostile', 'Nothing is counted of it yet.'],
      ['gone', 'prod · TODAY 0 began · – came to an end · – left'],
    ]);
  });
  it('is at the operator’s port alone', async () => {
    for (const path of ['/flows', '/flows/welcome', '/flows/style.css'])
      assert.equal((await fetch(`${relay.url}${path}`)).status, 404);
  });
});

it('says so where the store cannot be read', async () => {
  const store = createMemoryStore({ clock: Date.now });
  const broken: Store = {
    ...store,
    tallies: { ...store.tallies, list: () => Promise.reject(new StoreError('The disk is gone')) },
  };
  const relay = await startRelay(broken);
  try {
    const response = await fetch(`${relay.operatorUrl ?? ''}/flows`);
    assert.equal(response.status, 503);
    const text = await response.text();
    assert.match(text, /The store cannot be read now/);
    assert.equal(text.includes('disk'), false);
  } finally {
    await relay.close();
  }
});

describe('the picture of a flow', () => {
  const files = globSync('{test/fixtures/good,test/fixtures/answers,demo/flows}/*.json');
  for (const file of files.filter((each) => !each.endsWith('weekend-transcript.json'))) {
    it(`has each node and each way once, and no card over another: ${basename(file)}`, () => {
      const flow = readShape(JSON.parse(readFileSync(file, 'utf8')));
      const stats = statsOf(flow, []);
      const { cards, ways, width, height } = place(cardsOf(flow, stats), waysOf(flow, stats), 0);
      assert.deepEqual(
        cards.map(({ id }) => id),
        inOrder(flow),
      );
      for (const [index, one] of cards.entries()) {
        assert.ok(one.x >= 0 && one.y >= 0 && one.x + one.width <= width && one.y + one.height <= height);
        for (const other of cards.slice(index + 1)) {
          const isApart =
            one.x + one.width <= other.x ||
            other.x + other.width <= one.x ||
            one.y + one.height <= other.y ||
            other.y + other.height <= one.y;
          assert.ok(isApart, `${one.id} lies over ${other.id}`);
        }
      }
      assert.equal(new Set(ways.map(({ from, to }) => `${from} ${to}`)).size, ways.length);
      for (const { from, to, points } of ways) {
        const ends = [points[0], points.at(-1)];
        for (const [id, end] of [
          [from, ends[0]],
          [to, ends[1]],
        ] as const) {
          const card = cards.find((each) => each.id === id);
          assert.ok(card && end && [card.y, card.y + card.height].includes(end.y), `${from} ${to}`);
        }
      }
    });
  }

  it('says what is called, who decides, and by what each way is taken', () => {
    const flow = readShape(JSON.parse(readFileSync('demo/flows/carambola-auto.json', 'utf8')));
    const stats = statsOf(flow, []);
    const [cards, ways] = [cardsOf(flow, stats), waysOf(flow, stats)];
    const said = ['who', 'where', 'save_needs', 'propose'].map((id) => [
      id,
      ...(cards.find((card) => card.id === id)?.lines ?? []),
    ]);
    assert.deepEqual(said, [
      ['who', 'decided by the relay'],
      ['where'],
      ['save_needs', 'users/track'],
      ['propose', 'canvas/trigger/send'],
    ]);
    assert.deepEqual(
      ways.filter(({ from }) => from === 'who').map(({ to, words }) => `${to}: ${words.join(' ')}`),
      [
        'basic: seguro-auto in page.tags and profile.plan = essencial',
        'full: seguro-auto in page.tags and profile.plan = completo',
        'where: else',
      ],
    );
  });

  it('is wider where more went', () => {
    const flow = readShape(FLOW);
    const tallies: readonly Tally[] = [
      { node: 'hello', type: 'shown', count: 100 },
      { node: 'name', type: 'shown', from: 'hello', count: 100 },
      { node: 'email', type: 'shown', from: 'name', count: 50 },
      { node: 'birthday', type: 'shown', from: 'email', count: 1 },
    ];
    const stats = statsOf(flow, tallies);
    const { ways } = place(cardsOf(flow, stats), waysOf(flow, stats), stats.began);
    const widths = ['name', 'email', 'birthday', 'save'].map(
      (id) => ways.find(({ to }) => to === id)?.thickness,
    );
    assert.deepEqual(widths, [26, 13, 1.5, 1.5]);
  });
});

describe('what is drawn in little room', () => {
  const CASES: readonly (readonly [string, number, number, readonly string[]])[] = [
    ['Short', 200, 3, ['Short']],
    ['Two words here', 80, 3, ['Two words', 'here']],
    ['a b c d e f g h i j k l m n o p', 60, 2, ['a b c d', 'e f g…']],
    ['Donaudampfschifffahrt', 80, 2, ['Donaudampf', 'schifffah…']],
    ['Dear ‹first_name›, hello', 100, 3, ['Dear', '‹first_name›', ', hello']],
    ['お名前の姓を教えてください', 90, 3, ['お名前の姓を', '教えてくだ', 'さい']],
    ['  spaces\n\tand lines  ', 200, 3, ['spaces and lines']],
    ['', 200, 3, []],
  ];
  for (const [text, width, most, lines] of CASES) {
    it(`is broken and cut: ${JSON.stringify(text)}`, () => {
      const found = wrapped(text, 14, width, most);
      assert.deepEqual(found, lines);
      for (const line of found) assert.ok(widthOf(line, 14) <= width, line);
    });
  }
  it('is cut between characters as people see them', () => {
    assert.equal(shortenedTo('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 10, 27), '👩‍👩‍👧👩‍👩‍👧…');
  });
});

describe('a share', () => {
  const CASES: readonly (readonly [number, number, string])[] = [
    [0, 0, '–'],
    [0, 10, '0 %'],
    [1, 1_000, '< 1 %'],
    [1, 3, '33 %'],
    [999, 1_000, '> 99 %'],
    [10, 10, '100 %'],
  ];
  for (const [part, whole, words] of CASES) {
    it(`of ${part} in ${whole} is ${words}`, () => assert.equal(percent(part, whole), words));
  }
});
