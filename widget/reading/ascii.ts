/**
 * What a keyboard of another script writes in the place of ASCII, for inputs whose answers are ASCII. Japanese input methods
 * write `０９０ー１２３４` and `ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ`, Arabic and Persian keyboards `٠٩٠` and `۰۹۰`.
 */

/**
 * Digits of every script, full-width letters and signs, ideographic space and stop, and the signs that stand for a minus.
 * Marks that nobody sees come along when something is pasted, and go.
 */
export function toAscii(text: string): string {
  return text
    .replace(/\p{Cf}/gu, '')
    .replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/[\u3002\uff61]/g, '.')
    .replace(/\u3000/g, ' ')
    .replace(/[\u2212\u30fc\uff70\p{Pd}]/gu, '-')
    .replace(/\p{Nd}/gu, (digit) => String(valueOf(digit)));
}

const DIGIT = /^\p{Nd}$/u;

/** Unicode has the digits of a script in a row, from zero on, and nothing but such rows (chapter 4.6, Numeric Value). */
function valueOf(digit: string): number {
  const code = digit.codePointAt(0) as number;
  let first = code;
  while (DIGIT.test(String.fromCodePoint(first - 1))) first -= 1;
  return (code - first) % 10;
}
