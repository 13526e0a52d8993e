/** `<parley-chat>` in Solid's JSX, with its events: `on:parley-end={...}`. What is no text is set as a property: `prop:words={...}`. */
import type { ParleyChat, ParleyChatAttributes, ParleyEvents } from 'parley-chat';

declare module 'solid-js/jsx-runtime' {
  namespace JSX {
    interface IntrinsicElements {
      'parley-chat': HTMLAttributes<ParleyChat> &
        ParleyChatAttributes & {
          [Name in keyof ParleyEvents as `on:${Name}`]?: (event: ParleyEvents[Name]) => void;
        } & {
          [Name in keyof ParleyChatAttributes as `prop:${Name}`]?: ParleyChatAttributes[Name];
        };
    }
  }
}
