/** The language, whole: for who has it all at hand, as the relay does. A browser fetches of it what a flow needs (`view/repertoire.ts`). */
import { decide } from './decide.ts';
import { furtherAt } from './further-answer.ts';
import { readMarkup } from './markup.ts';
import type { Language } from './walk.ts';

export const LANGUAGE: Language = { decide, furtherAt, readMarkup };
