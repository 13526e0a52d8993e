/** How wide a text is drawn, by guess: nothing measures it on the relay, and each reader has another font. */

/** In ems: a little more than the letters of most fonts have, so that nothing runs over. */
const NARROW = 0.57;
const WIDE = 1.05;

/** Characters as wide as they are high (East Asian Width, UAX #11), and pictures. */
const IS_WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;

const WORDS = new Intl.Segmenter(undefined, { granularity: 'word' });
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Pixels. @param size of the letters, in pixels */
export function widthOf(text: string, size: number): number {
  let ems = 0;
  for (const { segment } of GRAPHEMES.segment(text)) ems += IS_WIDE.test(segment) ? WIDE : NARROW;
  return ems * size;
}

/** In lines that are no wider, broken between words where that can be; what there is no room for is cut off. */
export function wrapped(text: string, size: number, width: number, most: number): readonly string[] {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const lines: string[] = [];
  let rest = line;
  while (rest !== '' && lines.length < most) {
    const taken = lines.length === most - 1 ? shortenedTo(rest, size, width) : fitting(rest, size, width);
    lines.push(taken.trimEnd());
    rest = lines.length === most ? '' : rest.slice(taken.length).trimStart();
  }
  return lines;
}

/** With an ellipsis where it was longer. */
export function shortenedTo(text: string, size: number, width: number): string {
  if (widthOf(text, size) <= width) return text;
  return `${fitting(text, size, width - widthOf('…', size)).trimEnd()}…`;
}

/** As many words from its start as there is room for; of a first word that is too long as many characters. */
function fitting(text: string, size: number, width: number): string {
  const words = startOf(wordsIn(text), size, width);
  const letters = () => [...GRAPHEMES.segment(text)].map(({ segment }) => segment);
  return words.trim() === '' ? startOf(letters(), size, width) : words;
}

/** Parts between which a line may end: after a space, and between characters of scripts that have none. */
function wordsIn(text: string): readonly string[] {
  const words: string[] = [];
  for (const { segment } of WORDS.segment(text)) {
    const before = words.at(-1) ?? ' ';
    const isOne = !before.endsWith(' ') && !IS_WIDE.test(before.slice(-1)) && !IS_WIDE.test(segment);
    if (isOne) words.splice(-1, 1, before + segment);
    else words.push(segment);
  }
  return words;
}

function startOf(parts: readonly string[], size: number, width: number): string {
  let start = '';
  for (const part of parts) {
    if (widthOf((start + part).trimEnd(), size) > width) break;
    start += part;
  }
  return start;
}
