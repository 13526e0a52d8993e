/** How JSON may look before anybody reads it: so that no text is worth more work than its length says. */

/**
 * Levels of lists and objects. The deepest that we read is the body, its submissions, one of them, its page and that page's tags: 5. Later
 * widgets may say more.
 */
export const MAX_DEPTH = 16;

/**
 * Members of all lists and objects together. The most that can be of use are 50 submissions with 200 answers each (`schema.ts`), and some
 * 40 members besides; 256 kB have room for 100,000.
 */
export const MAX_MEMBERS = 15_000;

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Array.from(
  '"\\,[]{}',
  (character) => character.charCodeAt(0),
);

/** @returns what there is too much of, or `undefined`. Whether it is JSON is not looked at. */
export function shapeProblem(text: string): string | undefined {
  let depth = 0;
  let members = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        for (at += 1; at < text.length && text.charCodeAt(at) !== QUOTE; at += 1)
          if (text.charCodeAt(at) === BACKSLASH) at += 1;
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        depth += 1;
        members += 1;
        if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth -= 1;
        break;
      case COMMA:
        members += 1;
        if (members > MAX_MEMBERS) return `has more than ${MAX_MEMBERS} members`;
        break;
    }
  }
  return undefined;
}
