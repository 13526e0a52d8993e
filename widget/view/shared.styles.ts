import { css } from './css.ts';

/** What the parts of the chat have in common. */
export const sharedStyles = css`
  /* Read aloud, and not seen. */
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: 0;
    padding: 0;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  /* Read once: nobody meets it again who walks through the chat. Nothing moves by it. */
  [aria-live] > span {
    animation: leave 0s 9s forwards !important;
  }
  button,
  .pill {
    border: 0;
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
  }
  .pill {
    display: flex;
    align-items: center;
    box-sizing: border-box;
    min-height: 44px;
    padding: 8px 18px;
    border: 1px solid var(--_control);
    border-radius: min(22px, var(--_radius));
    text-align: start;
    text-decoration: none;
    overflow-wrap: anywhere;
  }
  .pill:hover {
    background: var(--_bubble);
  }
  .quiet {
    border-color: transparent;
    color: var(--_muted);
  }
  .round {
    flex: none;
    display: grid;
    place-items: center;
    width: 44px;
    height: 44px;
    padding: 0;
    /* Forced colours paint it. */
    border: 1px solid transparent;
    border-radius: min(22px, var(--_radius) * 1.3);
  }
  svg {
    width: 20px;
    height: 20px;
  }
  :is(a, button, .options):focus-visible {
    outline: 2px solid var(--_accent-ink);
    outline-offset: 1px;
  }
`;
