/** `<parley-chat>` in React's JSX. Events are heard from React 19 on: `onparley-end={...}`. */
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { ParleyChat, ParleyChatAttributes, ParleyEvents } from 'parley-chat';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'parley-chat': DetailedHTMLProps<HTMLAttributes<ParleyChat>, ParleyChat> &
        ParleyChatAttributes & {
          [Name in keyof ParleyEvents as `on${Name}`]?: (event: ParleyEvents[Name]) => void;
        };
    }
  }
}
