import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isSafeLink, parseMarkup, type Span } from '../../widget/flow/markup.ts';

const TEXTS: [name: string, text: string, spans: readonly Span[]][] = [
  ['plain words', 'Hello there', ['Hello there']],
  ['nothing', '', []],
  ['strong', 'a **b** c', ['a ', { strong: ['b'] }, ' c']],
  ['em with stars', '*a* b', [{ em: ['a'] }, ' b']],
  ['low lines', 'a _b_', ['a _b_']],
  [
    'strong next to words that have no spaces',
    'これは**重要**です',
    ['これは', { strong: ['重要'] }, 'です'],
  ],
  ['em in strong', '**a *b* c**', [{ strong: ['a ', { em: ['b'] }, ' c'] }]],
  ['em in strong, ended together', '**a *b***', [{ strong: ['a ', { em: ['b'] }] }]],
  ['strong in em, ended together', '*a **b***', [{ em: ['a ', { strong: ['b'] }] }]],
  ['both at once', '***a***', [{ strong: [{ em: ['a'] }] }]],
  ['a low line within a word', 'first_name and last_name', ['first_name and last_name']],
  ['stars with space around them', '2 * 3 * 4', ['2 * 3 * 4']],
  ['a star without its counterpart', '5* hotel', ['5* hotel']],
  ['strong without its end', '**a *b* c', ['**a ', { em: ['b'] }, ' c']],
  ['what is begun within and not ended', '**a *b**', [{ strong: ['a *b'] }]],
  ['nothing within', '** **', ['** **']],
  ['four stars', '****', ['****']],
  ['a line break', 'a\nb', ['a\nb']],
  ['escaped marks', '\\*a\\* \\[b\\](c) \\\\', ['*a* [b](c) \\']],
  ['a backslash before anything else', 'C:\\new', ['C:\\new']],
  [
    'a link',
    'See [our *tents*](https://example.com/a?b=c#d).',
    ['See ', { link: 'https://example.com/a?b=c#d', content: ['our ', { em: ['tents'] }] }, '.'],
  ],
  ['a strong link', '**[a](/b)**', [{ strong: [{ link: '/b', content: ['a'] }] }]],
  [
    'an address with parentheses',
    '[a](https://en.wikipedia.org/wiki/Tarn_(lake))',
    [{ link: 'https://en.wikipedia.org/wiki/Tarn_(lake)', content: ['a'] }],
  ],
  [
    'an address with a template',
    '[map](/map?q={{ answers.city | default: "a) b" }})',
    [{ link: '/map?q={{ answers.city | default: "a) b" }}', content: ['map'] }],
  ],
  ['a link that runs a script', '[a](javascript:alert(1))', ['[a](javascript:alert(1))']],
  ['one that hides it in capitals', '[a](JaVaScRiPt:alert)', ['[a](JaVaScRiPt:alert)']],
  ['one whose address is an answer', '[a]({{answers.url}})', ['[a]({{answers.url}})']],
  ['one of data', '[a](data:text/html,b)', ['[a](data:text/html,b)']],
  ['brackets that are no link', '[a] (b) [c]', ['[a] (b) [c]']],
  ['a link after brackets that are none', '[a] [b](/c)', ['[a] ', { link: '/c', content: ['b'] }]],
  ['a link within brackets', '[a [b](/c)', ['[a ', { link: '/c', content: ['b'] }]],
  ['a link without words', '[](/c)', ['[](/c)']],
  ['HTML', '<b>a</b>&amp;<script>x</script>', ['<b>a</b>&amp;<script>x</script>']],
  ['a template', 'Hello *{{answers.first_name}}*', ['Hello ', { em: ['{{answers.first_name}}'] }]],
  [
    'marks within templates',
    '{{answers._a}} {{b | default: "*c*"}}',
    ['{{answers._a}} {{b | default: "*c*"}}'],
  ],
  ['braces that are no template', '{{a *b*', ['{{a ', { em: ['b'] }]],
];

const LINKS: [string, boolean][] = [
  ['https://example.com', true],
  ['http://example.com', true],
  ['HTTPS://example.com', true],
  ['mailto:a@example.com', true],
  ['tel:+441632960000', true],
  ['/path', true],
  ['./path', true],
  ['#part', true],
  ['?query', true],
  ['javascript:alert(1)', false],
  [' javascript:alert(1)', false],
  ['java\nscript:alert(1)', false],
  ['data:text/html,a', false],
  ['vbscript:a', false],
  ['blob:https://example.com/a', false],
  ['{{answers.url}}', false],
  ['example.com', false],
  ['', false],
];

describe('markup', () => {
  for (const [name, text, spans] of TEXTS) {
    it(`${name}: ${JSON.stringify(text)}`, () => assert.deepEqual(parseMarkup(text), spans));
  }
  for (const [href, isSafe] of LINKS) {
    it(`${JSON.stringify(href)} is ${isSafe ? 'a' : 'no'} safe link`, () =>
      assert.equal(isSafeLink(href), isSafe));
  }
  it('goes no deeper than people write', () => {
    const depthOf = (spans: readonly Span[]): number =>
      Math.max(0, ...spans.map((span) => (typeof span === 'string' ? 0 : 1 + depthOf(contentOf(span)))));
    assert.equal(depthOf(parseMarkup('**a *b* c**')), 2);
    assert.equal(depthOf(parseMarkup(`${'*'.repeat(300)}a${'*'.repeat(300)}`)), 4);
  });

  it('never fails, links nothing unsafe, and loses no letter', () => {
    const piece = fc.constantFrom(
      '*',
      '**',
      '***',
      '_',
      '[',
      ']',
      '](',
      ')',
      '](/x)',
      '\\',
      '{{',
      '}}',
      '"',
      ' ',
      'a',
    );
    const text = fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (written) => {
        const spans = parseMarkup(written);
        assert.ok(linksOf(spans).every(isSafeLink));
        assert.equal(lettersOf(wordsOf(spans)), lettersOf(written));
      }),
    );
  });
});

const contentOf = (span: Exclude<Span, string>) =>
  'strong' in span ? span.strong : 'em' in span ? span.em : span.content;

const lettersOf = (text: string) => text.replace(/[^a-z]/gi, '');

/** What is to be read, addresses included. */
function wordsOf(spans: readonly Span[]): string {
  return spans
    .map((span) => {
      if (typeof span === 'string') return span;
      if ('strong' in span) return wordsOf(span.strong);
      return 'em' in span ? wordsOf(span.em) : wordsOf(span.content) + span.link;
    })
    .join('');
}

function linksOf(spans: readonly Span[]): string[] {
  return spans.flatMap((span) => {
    if (typeof span === 'string') return [];
    if ('strong' in span) return linksOf(span.strong);
    return 'em' in span ? linksOf(span.em) : [span.link, ...linksOf(span.content)];
  });
}
