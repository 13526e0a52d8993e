import { assert, aTimeout, fixture, html, nextFrame, waitUntil } from '@open-wc/testing';
import type { TagSettings } from '../../widget/contract/site.ts';
import { connectTags, type Tags } from '../../widget/page/tags.ts';

const HOME = location.href;

let open: Tags[] = [];
let added: Element[] = [];

function connect(settings?: TagSettings, initial?: string | readonly string[]): Tags {
  const connection = connectTags(settings, initial);
  open.push(connection);
  return connection;
}

/** Put in the head, as a page's own. */
function addToHead(markup: string): Element {
  const template = document.createElement('template');
  template.innerHTML = markup;
  const element = template.content.firstElementChild as Element;
  document.head.append(element);
  added.push(element);
  return element;
}

const addMeta = (content: string) => addToHead(`<meta name="parley:tag" content="${content}">`);
const addJson = (json: string) => {
  const script = addToHead('<script type="application/ld+json"></script>');
  script.textContent = json;
  return script;
};

/** Time for the scan of this frame, and for what comes into view. */
async function settle(): Promise<void> {
  for (let frame = 0; frame < 4; frame += 1) await nextFrame();
}

const setLayer = (layer: unknown) => Object.assign(window, { dataLayer: layer });

afterEach(() => {
  // The last first, or what it overheard would not be given back.
  for (const { disconnect } of open.reverse()) disconnect();
  for (const element of added) element.remove();
  open = [];
  added = [];
  Reflect.deleteProperty(window, 'dataLayer');
  history.replaceState(null, '', HOME);
});

describe('page tags', () => {
  it('come from <meta>, JSON-LD, Open Graph, path rules, dataLayer and the script tag', () => {
    addMeta('Pricing, SUV');
    addMeta('electric');
    addToHead('<meta property="og:type" content="product.item">');
    addToHead('<meta name="description" content="not a tag">');
    addJson(
      '{"@graph":[{"@type":["Product","https://schema.org/Car"],"category":"Cars > Big","name":"not a tag"}, null, 1]}',
    );
    addJson('[{"@type":"schema:WebSite"}, {"@type":{"no":"type"}}]');
    addJson('{"@type":"Broken"');
    setLayer([{ page: { category: 'Family' }, other: 'not a tag' }]);
    history.replaceState(null, '', '/cars/suv');
    const { tags } = connect(
      { data_layer: ['page.category'], paths: [{ path: '/cars/*', tags: ['a car'] }] },
      'first, second',
    );
    assert.deepEqual(tags(), [
      ...['first', 'second', 'family', 'a car', 'product.item'],
      ...['product', 'car', 'cars', 'big', 'website', 'pricing', 'suv', 'electric'],
    ]);
  });

  it('come from nothing that is switched off', async () => {
    addMeta('a');
    addToHead('<meta property="og:type" content="b">');
    addJson('{"@type":"c"}');
    setLayer([{ d: 'd' }]);
    await fixture(html`<button data-parley-tag="e" data-parley-tag-on="click">E</button>`);
    const element = await fixture<HTMLElement>(html`<p data-parley-tag="f">F</p>`);
    const { tags } = connect({ meta: false, open_graph: false, json_ld: false, elements: false });
    document.querySelector('button')?.click();
    element.dataset['parleyTag'] = 'g';
    addMeta('h');
    await settle();
    assert.deepEqual(tags(), []);
  });

  it('of an element count once half of it is seen', async () => {
    const element = await fixture(
      html`<div>
        <p data-parley-tag="near, here">Near</p>
        <div style="block-size: 300vh"></div>
        <p data-parley-tag="far">Far</p>
      </div>`,
    );
    const { tags } = connect();
    await settle();
    assert.deepEqual(tags(), ['near', 'here']);
    element.lastElementChild?.scrollIntoView();
    await settle();
    assert.deepEqual(tags(), ['near', 'here', 'far']);
    // What was seen stays.
    element.remove();
    await settle();
    assert.deepEqual(tags(), ['near', 'here', 'far']);
    scrollTo(0, 0);
  });

  it('of an element that waits for a click count then', async () => {
    const element = await fixture(
      html`<section data-parley-tag="outer" data-parley-tag-on="click">
        <button data-parley-tag="inner" data-parley-tag-on="click"><b>Show</b></button>
        <p data-parley-tag="never" data-parley-tag-on="hover">Hover</p>
      </section>`,
    );
    const { tags } = connect();
    await settle();
    assert.deepEqual(tags(), []);
    element.querySelector('b')?.click();
    assert.deepEqual(tags(), ['inner', 'outer']);
  });

  it('of a click count though the page keeps the click to itself', async () => {
    const button = await fixture<HTMLElement>(
      html`<button data-parley-tag="kept" data-parley-tag-on="click">Show</button>`,
    );
    button.addEventListener('click', (event) => event.stopImmediatePropagation());
    const { tags } = connect();
    button.click();
    assert.deepEqual(tags(), ['kept']);
  });

  it('come late, change and go', async () => {
    const { tags } = connect();
    const meta = addMeta('one');
    const script = addJson('{"@type":"Product"}');
    await settle();
    assert.deepEqual(tags(), ['product', 'one']);
    meta.setAttribute('content', 'two');
    script.textContent = '{"@type":"Offer"}';
    await settle();
    assert.deepEqual(tags(), ['offer', 'two']);
    meta.remove();
    script.textContent = '';
    await settle();
    assert.deepEqual(tags(), []);
    const late = await fixture<HTMLElement>(
      html`<div>
        <p><i data-parley-tag="late">Late</i></p>
      </div>`,
    );
    await settle();
    assert.deepEqual(tags(), ['late']);
    late.querySelector('i')?.setAttribute('data-parley-tag', 'later');
    await settle();
    assert.deepEqual(tags(), ['late', 'later']);
  });

  it('that are set stay, and push out the oldest', () => {
    addMeta('standing');
    const { tags, setTags } = connect({}, ['a']);
    setTags(['b', 'Anna@example.com']);
    setTags('a, c');
    assert.deepEqual(tags(), ['b', 'a', 'c', 'standing']);
    const list = Array.from({ length: 18 }, (_, index) => `tag ${index}`);
    setTags(list);
    assert.deepEqual(tags(), ['c', ...list, 'standing']);
    setTags([]);
    assert.deepEqual(tags(), ['c', ...list, 'standing']);
  });
});

describe('dataLayer', () => {
  const settings: TagSettings = { data_layer: ['page.category', 'tag'] };
  const layerOf = () => (window as unknown as { dataLayer: unknown[] }).dataLayer;

  it('tells tags as they are pushed, and works as before', () => {
    setLayer([{ tag: 'old' }]);
    const { tags, disconnect } = connect(settings);
    assert.equal(layerOf().push({ tag: 'new' }, { page: { category: ['x', 'y'] } }), 3);
    assert.deepEqual(tags(), ['old', 'new', 'x', 'y']);
    disconnect();
    layerOf().push({ tag: 'after' });
    assert.deepEqual(tags(), ['old', 'new', 'x', 'y']);
    assert.isFalse(Object.hasOwn(layerOf(), 'push'));
    assert.lengthOf(layerOf(), 4);
  });

  it('may come late, and be another', async () => {
    const { tags } = connect(settings);
    assert.isFalse('dataLayer' in window);
    setLayer([{ tag: 'a' }]);
    addToHead('<script type="text/plain"></script>');
    await settle();
    layerOf().push({ tag: 'b' });
    const first = layerOf();
    setLayer([{ tag: 'c' }]);
    addToHead('<script type="text/plain"></script>');
    await settle();
    first.push({ tag: 'not any more' });
    layerOf().push({ tag: 'd' });
    assert.deepEqual(tags(), ['a', 'b', 'c', 'd']);
    assert.isFalse(Object.hasOwn(first, 'push'));
  });

  it('is left alone where no key is named', () => {
    setLayer([{ tag: 'a' }]);
    connect();
    assert.isFalse(Object.hasOwn(layerOf(), 'push'));
  });

  it('may hold what throws, what goes round in circles, and what is no object', () => {
    const cyclic: Record<string, unknown> = { tag: 'kept' };
    cyclic['page'] = cyclic;
    const throwing = {
      get page(): never {
        throw new Error('No.');
      },
      get secret(): never {
        throw new Error('Never read.');
      },
    };
    setLayer([cyclic, throwing, null, undefined, 'text', 1]);
    const { tags } = connect(settings);
    layerOf().push(throwing, cyclic, Symbol('x'), () => 'tag', { tag: { toString: () => 'no' } });
    assert.deepEqual(tags(), ['kept']);
  });

  it('may be frozen, or no list', () => {
    setLayer(Object.freeze([{ tag: 'frozen' }]));
    assert.deepEqual(connect(settings).tags(), ['frozen']);
    for (const layer of [{ push: () => 0 }, null, 'text']) {
      setLayer(layer);
      assert.deepEqual(connect(settings).tags(), []);
    }
  });
});

/** Counts what is held of the browser, until it is told to stop. */
function watchHolds() {
  const held = new Map<string, number>();
  const count = (what: string, by: number) => held.set(what, (held.get(what) ?? 0) + by);
  const undo: (() => void)[] = [];
  const wrap = (owner: object, name: string, before: (self: object, told: unknown[]) => void) => {
    const own = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
    const original = own.value as (...told: unknown[]) => unknown;
    Object.defineProperty(owner, name, {
      ...own,
      value(this: object, ...told: unknown[]) {
        before(this, told);
        return original.apply(this, told);
      },
    });
    undo.push(() => Object.defineProperty(owner, name, own));
  };
  for (const [name, by] of [
    ['addEventListener', 1],
    ['removeEventListener', -1],
  ] as const)
    wrap(EventTarget.prototype, name, (_, [type]) => count(`listener ${String(type)}`, by));
  for (const { prototype, name } of [MutationObserver, IntersectionObserver]) {
    const observing = new Set<object>();
    wrap(prototype, 'observe', (self) => {
      if (!observing.has(self)) count(name, 1);
      observing.add(self);
    });
    wrap(prototype, 'disconnect', (self) => {
      if (observing.delete(self)) count(name, -1);
    });
  }
  return {
    held: () => Object.fromEntries([...held].filter(([, number]) => number !== 0)),
    stop: () => undo.forEach((each) => each()),
  };
}

describe('thirty navigations of a single-page app', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['with the Navigation API', true],
    ['without it', false],
  ];
  for (const [name, hasNavigation] of cases) {
    it(`change the tags and leave nothing, ${name}`, async () => {
      const holds = watchHolds();
      const methodsNow = () =>
        ['pushState', 'replaceState'].map((key) => Reflect.get(history, key) as unknown);
      const methods = methodsNow();
      if (!hasNavigation)
        Object.defineProperty(window, 'navigation', { value: undefined, configurable: true });
      setLayer([]);
      const meta = addMeta('home');
      const app = await fixture(html`<main></main>`);
      try {
        const { tags, disconnect } = connect({
          data_layer: ['page'],
          paths: [
            { path: '/even/*', tags: ['even'] },
            { path: '/odd/*', tags: ['odd'] },
          ],
        });
        let atFirst = {};
        for (let page = 1; page <= 30; page += 1) {
          const side = page % 2 ? 'odd' : 'even';
          history.pushState(null, '', `/${side}/${page}`);
          // As frameworks do: the head a little later than the address.
          await aTimeout(0);
          meta.setAttribute('content', `meta ${page}`);
          app.innerHTML = `<script type="application/ld+json">{"@type":"Type ${page}"}</script><p data-parley-tag="seen ${page}">Seen</p>`;
          (window as unknown as { dataLayer: unknown[] }).dataLayer.push({ page: `pushed ${page}` });
          await settle();
          const told = tags();
          assert.isAtMost(told.length, 20);
          assert.includeMembers(
            [...told],
            [side, `meta ${page}`, `type ${page}`, `seen ${page}`, `pushed ${page}`],
          );
          assert.notIncludeMembers([...told], [side === 'odd' ? 'even' : 'odd']);
          assert.lengthOf(
            told.filter((tag) => /^(meta|type) /.test(tag)),
            2,
          );
          if (page === 1) atFirst = holds.held();
        }
        assert.deepEqual(holds.held(), atFirst);
        console.log('Held while connected:', JSON.stringify(atFirst));
        disconnect();
        assert.deepEqual(holds.held(), {});
        assert.deepEqual(methodsNow(), methods);
        assert.isFalse(Object.hasOwn(history, 'pushState'));
        const last = tags();
        history.pushState(null, '', '/even/after');
        addMeta('after');
        await settle();
        assert.deepEqual(tags(), last);
      } finally {
        holds.stop();
        if (!hasNavigation) Reflect.deleteProperty(window, 'navigation');
      }
    });
  }
});

/**
 * Counts the scans, by the frames that are asked for: nothing else on this page asks for any. The time is that of the scans, and of
 * hearing what has changed.
 */
function watchScans() {
  const later = window.setTimeout.bind(window);
  const Observer = window.MutationObserver;
  const times: number[] = [];
  let script = 0;
  const measure = (run: () => void) => {
    const started = performance.now();
    run();
    script += performance.now() - started;
  };
  window.setTimeout = ((run: () => void, milliseconds?: number) =>
    later(() => measure(run), milliseconds)) as typeof window.setTimeout;
  // Each scan looks for these once.
  const look: (selector: string) => NodeListOf<Element> = Reflect.get(document, 'querySelectorAll');
  const query = (selector: string) => {
    if (selector === '[data-parley-tag]') times.push(performance.now());
    return look.call(document, selector);
  };
  Object.defineProperty(document, 'querySelectorAll', { configurable: true, value: query });
  window.MutationObserver = class extends Observer {
    constructor(hear: MutationCallback) {
      super((records, observer) => measure(() => hear(records, observer)));
    }
  };
  const stop = () => {
    window.setTimeout = later;
    Reflect.deleteProperty(document, 'querySelectorAll');
    window.MutationObserver = Observer;
  };
  return { times, script: () => script, stop };
}

describe('a page that changes all the time', () => {
  it('is scanned once a frame, of 1,000 changes a second', async () => {
    const app = await fixture(html`<main></main>`);
    for (let index = 0; index < 2000; index += 1) app.append(document.createElement('p'));
    await nextFrame();
    const scans = watchScans();
    const { tags } = connect();
    let changes = 0;
    const started = performance.now();
    while (performance.now() - started < 2000) {
      const due = performance.now() - started;
      for (; changes < due; changes += 1) {
        const element = document.createElement('p');
        if (changes % 100 === 0) element.dataset['parleyTag'] = `change ${changes}`;
        element.textContent = 'changed';
        app.replaceChild(element, app.children[changes % 50] as Element);
      }
      await aTimeout(1);
    }
    await aTimeout(100);
    scans.stop();
    const { times } = scans;
    assert.isAbove(changes, 1900);
    assert.isAbove(times.length, 0);
    // A frame of 60 a second; the first scan is that of the beginning.
    const gaps = times.slice(2).map((time, index) => time - (times[index + 1] ?? 0));
    assert.isAbove(Math.min(...gaps), 16, 'no frame has two scans');
    assert.isNotEmpty(tags());
    console.log(
      `${changes} changes in 2 s: ${times.length} scans, ${scans.script().toFixed(1)} ms of script, hearing of the changes included`,
    );
  });

  it('is not scanned where nothing in it has tags', async () => {
    const app = await fixture(html`<main></main>`);
    connect();
    await nextFrame();
    const scans = watchScans();
    for (let index = 0; index < 10; index += 1) {
      app.innerHTML = '<p>Text <a href="#">and more</a></p><!-- of it -->';
      await aTimeout(20);
    }
    scans.stop();
    assert.lengthOf(scans.times, 0);
  });

  it('is not scanned where only text changes', async () => {
    const app = await fixture(html`<main>0</main>`);
    connect();
    await nextFrame();
    const scans = watchScans();
    for (let index = 0; index < 10; index += 1) {
      app.textContent = `${index}`;
      await aTimeout(20);
    }
    scans.stop();
    assert.lengthOf(scans.times, 0);
  });

  it('is scanned where it is hidden, too, and has no frames', async () => {
    const request = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = () => 0;
    try {
      const { tags } = connect();
      addMeta('hidden');
      await waitUntil(() => tags().includes('hidden'));
    } finally {
      window.requestAnimationFrame = request;
    }
  });

  it('is looked through as a whole where much changes at once', async () => {
    const { tags } = connect();
    const app = await fixture<HTMLElement>(html`<main></main>`);
    for (let index = 0; index < 500; index += 1) app.append(document.createElement('i'));
    const meta = addMeta('last');
    app.lastElementChild?.setAttribute('data-parley-tag', 'seen');
    await settle();
    assert.deepEqual([...tags()].sort(), ['last', 'seen']);
    app.replaceChildren();
    meta.remove();
    await settle();
    assert.deepEqual(tags(), ['seen']);
  });
});

describe('a form', () => {
  it('is never read', async () => {
    const element = await fixture(
      html`<form data-parley-tag="form">
        <input name="parley:tag" content="no" value="typed" />
        <textarea>typed</textarea>
        <select>
          <option selected>typed</option>
        </select>
        <p contenteditable="true" data-parley-tag="editor">typed</p>
      </form>`,
    );
    const reads: string[] = [];
    const undo: (() => void)[] = [];
    for (const [{ prototype }, key] of [
      [HTMLInputElement, 'value'],
      [HTMLTextAreaElement, 'value'],
      [HTMLSelectElement, 'value'],
      [HTMLElement, 'innerText'],
      [Element, 'innerHTML'],
      [Node, 'textContent'],
    ] as const) {
      const own = Object.getOwnPropertyDescriptor(prototype, key) as PropertyDescriptor;
      Object.defineProperty(prototype, key, {
        ...own,
        get(this: unknown): unknown {
          reads.push(key);
          return own.get?.call(this);
        },
      });
      undo.push(() => Object.defineProperty(prototype, key, own));
    }
    try {
      const { tags } = connect();
      (element.querySelector('input') as HTMLInputElement).value = 'anna';
      element.querySelector('p')?.append(' more');
      element.querySelector('p')?.setAttribute('data-parley-tag', 'editor two');
      element.querySelector('p')?.click();
      await settle();
      assert.deepEqual(reads, []);
      assert.deepEqual([...tags()].sort(), ['editor two', 'form']);
    } finally {
      undo.forEach((each) => each());
    }
  });
});

describe('a hostile page', () => {
  it('may have ten thousand elements with tags', async () => {
    const app = await fixture(html`<main></main>`);
    app.innerHTML = Array.from(
      { length: 10_000 },
      (_, index) => `<i data-parley-tag="tag ${index}">x</i>`,
    ).join('');
    const scans = watchScans();
    const started = performance.now();
    const { tags } = connect();
    const connected = performance.now() - started;
    await settle();
    assert.lengthOf(tags(), 20);
    app.append(document.createElement('b'));
    await settle();
    scans.stop();
    assert.lengthOf(tags(), 20);
    console.log(
      `10,000 elements: connected in ${connected.toFixed(1)} ms, then ${scans.script().toFixed(1)} ms`,
    );
  });

  it('may have 10 MB of JSON-LD, and some that is very deep', () => {
    addJson(`{"@type":"Huge","text":"${'x'.repeat(10_000_000)}"}`);
    addJson('['.repeat(20_000) + ']'.repeat(20_000));
    addJson(`${'{"@graph":'.repeat(4000)}{"@type":"Deep"}${'}'.repeat(4000)}`);
    addJson('{"__proto__":{"@type":"Polluted"},"@type":"__proto__","category":["constructor",1,null]}');
    addJson('null');
    addJson('"@type"');
    const { tags } = connect();
    assert.includeMembers([...tags()], ['__proto__', 'constructor']);
    assert.notIncludeMembers([...tags()], ['huge', 'polluted']);
  });

  it('may have any text for a tag', async () => {
    addMeta(`🔥, أحذية, __proto__, ${'long'.repeat(20)}, \u202Eback, anna@example.com, 0049 30 12345`);
    addMeta('x,'.repeat(1_000_000));
    await fixture(html`<p data-parley-tag="👟 shoes, &lt;b&gt;">Shoes</p>`);
    const { tags } = connect();
    await settle();
    assert.deepEqual(tags(), ['shoes', 'b', 'أحذية', '__proto__', 'back']);
    assert.isUndefined((Object.prototype as { tags?: unknown }).tags);
  });

  it('may have hundreds of <meta> and JSON-LD', () => {
    for (let index = 0; index < 300; index += 1) {
      addMeta(`meta ${index}`);
      addJson(`{"@type":"Type ${index}"}`);
    }
    assert.lengthOf(connect().tags(), 20);
  });
});
