/**
 * The languages that Braze accepts (`user_guide/data/unification/user_data/language_codes`): most of ISO-639-1, and some
 * codes of three letters.
 */
const codes = `
  af agq ak am ar as asa ay az bas be bem bez bg bm bn bo br brx bs ca cgg chr cs cy da dav de dje dua dyo dz ebu ee el
  en eo es et eu ewo fa ff fi fil fo fr ga gd gl gn gsw gu guz gv ha haw he hi hr hu hy id ig ii is it iu ja jmc jv ka
  kab kam kde kea khq ki kk kl kln km kn ko kok ks ksb ksf ku kw ky la lb lg ln lo lt lu luo luy lv mas mer mfe mg mgh
  mk ml mn mo mr ms mt mua my naq nb nd ne nl nn nus nyn om or pa pl ps pt qu rm rn ro rof ru rw rwk sa saq sbp sd se
  seh ses shi si sk sl sn so sq sr su sv sw swc ta te teo tg th ti tk tl to tr tt twq tzm ug uk ur uz vai vi vun xh xog
  yav yi yo zh zu`;

const languages: ReadonlySet<string> = new Set(codes.trim().split(/\s+/));

export function isLanguage(code: string): boolean {
  return languages.has(code);
}
