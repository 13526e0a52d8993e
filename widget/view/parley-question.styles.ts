import { css } from 'lit';

export const questionStyles = css`
  /* Where there is little room, the options scroll, and then all of it: what sends is never out of reach. */
  :host,
  form,
  .rating,
  fieldset:not(.parts) {
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  :host {
    overflow-y: auto;
  }
  form {
    margin: 0;
    padding: 8px 12px 12px;
  }
  form > * {
    flex: none;
  }
  form > :is(.options, .rating, fieldset) {
    flex: 0 1 auto;
    /* One row of options, at least. */
    min-height: 52px;
  }
  fieldset {
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  .field {
    display: flex;
    align-items: center;
    gap: 4px;
    padding: 4px;
    padding-inline-start: 16px;
    border: 1px solid var(--_control);
    border-radius: 26px;
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
    min-height: 52px;
    overflow-y: auto;
  }
  .pill.send {
    margin-block-start: 8px;
    margin-inline-start: auto;
    border-color: transparent;
  }
  .pill:is([aria-pressed='true'], :has(:checked)) {
    border-color: var(--_accent-ink);
    box-shadow: inset 0 0 0 1px var(--_accent-ink);
  }
  @media (forced-colors: active) {
    .pill:is([aria-pressed='true'], :has(:checked)) {
      border: 3px solid Highlight;
    }
  }
  [type='checkbox'] {
    flex: none;
    width: 20px;
    height: 20px;
    margin-inline-end: 10px;
    accent-color: var(--_accent);
  }
  p {
    margin: 0;
    font-size: 14px;
  }
  #problem {
    color: var(--_alarm);
  }
  .quiet {
    align-self: flex-start;
  }
  #problem:not(:empty) {
    padding: 8px 16px 0;
  }
`;
