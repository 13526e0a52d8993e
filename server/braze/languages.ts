/**
 * The codes of Braze's list, `user_guide/data/unification/user_data/language_codes`: most of ISO 639-1 and some of three
 * letters. None has a region or a script.
 */
const CODES: ReadonlySet<string> = new Set(
  `af agq ak am ar as ay az bas be bem bez bg bn bo br bs ca cgg chr cs cy da dav de dje dua dyo dz ebu ee el en eo es et eu
  ewo fa ff fi fil fo fr ga gd gl gn gsw gu guz gv ha haw he hi hr hu hy id ig ii is it iu ja jmc jv ka kab kam ki kk kl kln
  km kn ko ks ksb ksf ku kw ky la lb lg ln lo lt lu luo luy lv mas mer mfe mg mk ml mn mo mr ms mt mua my naq nb nd ne nl nn
  nus nyn om pa pl ps pt qu rm ro rof ru rw rwk sa saq sbp sd se seh shi si sk sl sn so sq sr sv sw swc ta teo tg th ti tk tl
  to tr tt twq tzm ug uk ur uz vai vi vun xh yav yi yo zh zu`.split(/\s+/),
);

/** What browsers and older systems say for codes that the list has: ISO 639's former ones, and Norwegian without its form. */
const FORMER: ReadonlyMap<string, string> = new Map([
  ['in', 'id'],
  ['iw', 'he'],
  ['ji', 'yi'],
  ['no', 'nb'],
]);

/** The language of a code or a tag (`pt-BR`, `zh_Hant`) as Braze lists it, or `undefined`. */
export function languageOf(tag: string): string | undefined {
  const [primary = ''] = tag.trim().toLowerCase().split(/[-_]/);
  const code = FORMER.get(primary) ?? primary;
  return CODES.has(code) ? code : undefined;
}
