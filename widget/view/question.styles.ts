import { css } from './css.ts';

export const questionStyles = css`
  /* Where there is little room, the options scroll, and then all of it: what sends is never out of reach. */
  .question {
    display: flex;
    flex-direction: column;
    min-height: 0;
    /* What was said stays in sight above a long list of options. */
    max-height: 60%;
    box-sizing: border-box;
    overflow-y: auto;
    margin: 0;
    padding: 8px 12px 12px;
  }
  .question > * {
    flex: none;
  }
  .question > .options {
    flex: 0 1 auto;
  }
  .field {
    display: flex;
    align-items: center;
    gap: 4px;
    padding: 4px;
    padding-inline-start: 16px;
    border: 1px solid var(--_control);
    border-radius: min(26px, var(--_radius) * 1.3);
    background: var(--_surface);
  }
  input,
  textarea {
    flex: 1;
    min-width: 0;
    height: 44px;
    margin: 0;
    padding: 0;
    border: 0;
    outline: 0;
    background: none;
    color: inherit;
    /* Below 16 px, iOS zooms the page when the field is focused. */
    font: inherit;
    font-size: 16px;
  }
  /* It begins where the visitor looks for it all the same. */
  [dir='rtl'] [dir='ltr'] {
    text-align: right;
  }
  :is(.field, .box):focus-within,
  .pill:has(:focus-visible) {
    border-color: var(--_accent-ink);
    outline: 2px solid var(--_accent-ink);
    outline-offset: -1px;
  }
  .field:has([aria-invalid='true']),
  .box[aria-invalid='true'] {
    border-color: var(--_alarm);
    outline-color: var(--_alarm);
  }
  .send {
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .send:hover {
    background: color-mix(in oklab, var(--_accent), black 12%);
  }
  .options {
    /* Room for the outlines, which are cut where it scrolls. */
    margin: -3px;
    padding: 3px;
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    /* One row of them, at least. */
    min-height: 52px;
    overflow-y: auto;
  }
  .pill[aria-pressed='true'] {
    border-color: var(--_accent-ink);
    box-shadow: inset 0 0 0 1px var(--_accent-ink);
  }
  @media (forced-colors: active) {
    .pill[aria-pressed='true'] {
      border: 3px solid Highlight;
    }
    :is(.field:has([aria-invalid='true']), .box[aria-invalid='true']) {
      border-width: 3px;
    }
  }
  #problem {
    margin: 0;
    font-size: 14px;
    color: var(--_alarm);
  }
  #problem:not(:empty) {
    padding: 8px 16px 0;
  }
  .question > .quiet {
    align-self: flex-start;
    /* Its words under those of the field. */
    margin-inline-start: -2px;
    margin-block-start: 4px;
  }
`;
