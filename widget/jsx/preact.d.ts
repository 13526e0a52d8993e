/** `<parley-chat>` in Preact's JSX, with its events: `onparley-end={...}`. */
import type { HTMLAttributes } from 'preact';
import type { ParleyChat, ParleyChatAttributes, ParleyEvents } from 'parley-chat';

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'parley-chat': HTMLAttributes<ParleyChat> &
        ParleyChatAttributes & {
          [Name in keyof ParleyEvents as `on${Name}`]?: (event: ParleyEvents[Name]) => void;
        };
    }
  }
}
