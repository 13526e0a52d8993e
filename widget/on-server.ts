/**
 * What `import 'parley-chat'` gives where an application is rendered on a server: the same names, and no element. It touches nothing that
 * only browsers have, and does nothing.
 */
export { loadWords } from './locale/words.ts';

/** To name the class is enough for a server: the element is made in the browser. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- applications name it as one
export class ParleyChat {}
