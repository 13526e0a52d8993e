/** What `import 'parley-chat'` gives an application that has a bundler: `<parley-chat>`, and the types of all that it tells. */
import './define.ts';
import type { ParleyChat } from './parley-chat.ts';

export { ParleyChat } from './parley-chat.ts';
export { loadWords, type AllWords as Words } from './locale/words.ts';
export type * from './events.ts';

/** What a template may set, in a framework's JSX too. */
export type ParleyChatAttributes = Partial<
  Pick<
    ParleyChat,
    | 'flow'
    | 'relay'
    | 'name'
    | 'locale'
    | 'tags'
    | 'consent'
    | 'theme'
    | 'position'
    | 'logo'
    | 'words'
    | 'values'
    | 'floating'
    | 'opened'
  >
>;

/** The events of `<parley-chat>`, by their names. */
export type ParleyEvents = Pick<
  GlobalEventHandlersEventMap,
  Extract<keyof GlobalEventHandlersEventMap, `parley-${string}`>
>;
