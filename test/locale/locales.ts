/** The widget's words in all of its locales, as lists that tests go through. */
import { words as ar } from '../../widget/locale/further/ar.ts';
import { words as de } from '../../widget/locale/further/de.ts';
import { words as en } from '../../widget/locale/further/en.ts';
import { words as es } from '../../widget/locale/further/es.ts';
import { words as fr } from '../../widget/locale/further/fr.ts';
import { words as ja } from '../../widget/locale/further/ja.ts';
import { words as ptBR } from '../../widget/locale/further/pt-BR.ts';
import type { AllWords, LocaleTag, Words } from '../../widget/locale/words.ts';

export const LOCALES: Readonly<Record<LocaleTag, AllWords>> = { en, ja, 'pt-BR': ptBR, es, fr, de, ar };

type Say = (...values: unknown[]) => string;

/** What the number is where a text is asked for. */
const COUNT = 2;

/** Each word under its path, such as `consent.yes`; of what takes values its text with `{0}` and `{1}` where they go. */
export function textsOf(words: Words, count = COUNT): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const collect = (tree: object, path: string): void => {
    for (const [key, word] of Object.entries(tree) as [string, unknown][]) {
      if (typeof word === 'object' && word !== null) collect(word, `${path}${key}.`);
      else texts.set(path + key, textOf(word, path + key, count));
    }
  };
  collect(words, '');
  return texts;
}

function textOf(word: unknown, path: string, count: number): string {
  if (typeof word !== 'function') return String(word);
  return (word as Say)('{0}', path.startsWith('refusals.') ? count : '{1}');
}
