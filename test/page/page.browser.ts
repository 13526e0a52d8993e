import { assert } from '@open-wc/testing';
import type { StorageGate } from '../../widget/outbox/backing.ts';
import { connectPage, type PageReader } from '../../widget/page/page.ts';
import { heedConsent, rememberLanding } from '../../widget/wake.ts';

const HOME = location.href;
const NOW = Date.parse('2026-01-15T10:00:00.000Z');

let readers: PageReader[] = [];

/** A page whose visitor changes their mind. */
function connect(first: ReturnType<StorageGate['state']>) {
  const hearers = new Set<() => void>();
  let state = first;
  heedConsent(() => state === 'allowed');
  const reader = connectPage({
    gate: {
      state: () => state,
      listen: (hear) => {
        hearers.add(hear);
        return () => hearers.delete(hear);
      },
    },
    clock: () => NOW,
  });
  readers.push(reader);
  const decide = (next: typeof first) => {
    state = next;
    for (const hear of hearers) hear();
  };
  return { reader, decide };
}

/** As if the document had been loaded by this address. */
function loadBy(name: string): void {
  Object.assign(performance, { getEntriesByType: () => [{ name }] });
}

/** As if another page had led here. */
function comeFrom(referrer: string): void {
  Object.defineProperty(document, 'referrer', { value: referrer, configurable: true });
}

const LETTER = `${location.origin}/?utm_source=letter`;

const isKept = () => [sessionStorage.getItem('parley-landed'), localStorage.getItem('parley-visits')];

afterEach(() => {
  for (const reader of readers) reader.disconnect();
  readers = [];
  heedConsent(() => true);
  Reflect.deleteProperty(document, 'referrer');
  Reflect.deleteProperty(performance, 'getEntriesByType');
  document.querySelector('meta[name="parley:tag"]')?.remove();
  history.replaceState(null, '', HOME);
  sessionStorage.clear();
  localStorage.clear();
});

describe('what is noticed of the page', () => {
  beforeEach(() => {
    document.head.insertAdjacentHTML('beforeend', '<meta name="parley:tag" content="boots">');
    loadBy(LETTER);
    comeFrom('');
  });

  it('is all that the site lets be read, where the visitor need not be asked', async () => {
    localStorage.setItem('parley-visits', '2 0');
    history.replaceState(null, '', '/boots/high?size=42&email=a');
    document.title = 'Boots';
    const { reader } = connect('allowed');
    reader.setTags('first');
    reader.heed({ page: { query: ['size'], title: true } });
    await reader.tags();
    reader.setTags('second');
    const { page, visitor, device } = reader.surroundings();
    assert.deepEqual(page, {
      path: '/boots/high',
      query: { size: '42' },
      title: 'Boots',
      utm: { source: 'letter' },
      tags: ['first', 'second', 'boots'],
    });
    assert.deepEqual(visitor, { returning: true, visits: 3 });
    assert.equal(device.language, navigator.language);
    assert.deepEqual(isKept(), [`${LETTER} `, `3 ${NOW}`]);
  });

  it('has no tags until they are asked for', async () => {
    const { reader } = connect('allowed');
    reader.heed(undefined);
    await import('../../widget/page/tags.ts');
    assert.isUndefined(reader.surroundings().page.tags);
    await reader.tags();
    assert.deepEqual(reader.surroundings().page.tags, ['boots']);
  });

  it('is kept nowhere, and has no tags, until the visitor allows it', async () => {
    sessionStorage.setItem('parley-landed', `${location.origin}/ https://news.example/`);
    localStorage.setItem('parley-visits', '2 0');
    const before = isKept();
    const { reader, decide } = connect('pending');
    reader.setTags('told');
    reader.heed(undefined);
    await reader.tags();
    const { page, visitor } = reader.surroundings();
    assert.isUndefined(page.tags);
    assert.deepEqual(page.utm, { source: 'letter' });
    assert.isUndefined(page.referrer);
    rememberLanding();
    assert.deepEqual(visitor, { returning: false, visits: 1 });
    assert.deepEqual(isKept(), before);
    decide('allowed');
    reader.heed(undefined);
    await reader.tags();
    assert.deepEqual(reader.surroundings().page.tags, ['told', 'boots']);
    assert.deepEqual(isKept(), [`${LETTER} `, `3 ${NOW}`]);
  });

  it('is kept nowhere, and has no tags, once the visitor has withdrawn', async () => {
    const { reader, decide } = connect('allowed');
    reader.heed(undefined);
    await reader.tags();
    reader.surroundings();
    decide('denied');
    sessionStorage.clear();
    localStorage.clear();
    assert.isUndefined(reader.surroundings().page.tags);
    assert.deepEqual(isKept(), [null, null]);
    decide('allowed');
    reader.setTags('told');
    reader.heed(undefined);
    await reader.tags();
    assert.deepEqual(reader.surroundings().page.tags, ['told', 'boots']);
  });

  it('has no tags where the visitor refuses while they are fetched', async () => {
    const { reader, decide } = connect('allowed');
    reader.heed(undefined);
    const reading = reader.tags();
    decide('denied');
    await reading;
    assert.isUndefined(reader.surroundings().page.tags);
  });

  it('has no tags any more in the end', async () => {
    const { reader, decide } = connect('allowed');
    reader.heed(undefined);
    await reader.tags();
    reader.disconnect();
    decide('allowed');
    await import('../../widget/page/tags.ts');
    assert.isUndefined(reader.surroundings().page.tags);
  });
});

describe('how the visitor came', () => {
  const cameBy = () => {
    const { utm, referrer } = connect('allowed').reader.surroundings().page;
    return { utm, referrer };
  };
  const NEWS = { utm: { source: 'letter' }, referrer: 'https://news.example' };

  beforeEach(() => {
    loadBy(LETTER);
    comeFrom('https://news.example/inbox/anna');
  });

  it('is remembered from the page by which they came, on which no chat was opened', () => {
    rememberLanding();
    loadBy(`${location.origin}/next`);
    comeFrom(LETTER);
    rememberLanding();
    assert.deepEqual(cameBy(), NEWS);
    // Another site sends them back.
    comeFrom('https://pay.example/');
    assert.deepEqual(cameBy(), NEWS);
  });

  it('is forgotten with a new campaign', () => {
    rememberLanding();
    loadBy(`${location.origin}/?a=b&utm_source=mail`);
    comeFrom('');
    rememberLanding();
    loadBy(`${location.origin}/next`);
    assert.deepEqual(cameBy(), { utm: { source: 'mail' }, referrer: undefined });
  });

  it('is remembered from the page on which the visitor first lets it be kept', () => {
    const { reader, decide } = connect('pending');
    rememberLanding();
    reader.surroundings();
    assert.deepEqual(isKept(), [null, null]);
    decide('allowed');
    reader.surroundings();
    loadBy(`${location.origin}/next`);
    assert.deepEqual(cameBy(), NEWS);
  });

  it('is kept without what follows #', () => {
    loadBy(`${LETTER}#parley=token`);
    rememberLanding();
    assert.equal(isKept()[0], `${LETTER} https://news.example/inbox/anna`);
  });

  it('is told by the address of the document, where the page has gone on to another', () => {
    history.replaceState(null, '', '/?utm_source=within');
    assert.deepEqual(cameBy(), NEWS);
  });

  it('is read of this address where the browser tells of no other', () => {
    Object.assign(performance, { getEntriesByType: () => [] });
    history.replaceState(null, '', '/?utm_source=here');
    assert.deepEqual(cameBy().utm, { source: 'here' });
  });

  for (const kept of ['nonsense', 'null', '5', '{"referrer":"https://news.example"}']) {
    it(`is told of nothing where "${kept}" is kept, until a campaign brings the visitor`, () => {
      sessionStorage.setItem('parley-landed', kept);
      loadBy(`${location.origin}/`);
      assert.deepEqual(cameBy(), { utm: undefined, referrer: undefined });
      loadBy(LETTER);
      assert.deepEqual(cameBy(), NEWS);
    });
  }
});
