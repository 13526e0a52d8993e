import { css } from 'lit';

export const questionStyles = css`
  form {
    margin: 0;
    padding: 8px 12px 12px;
  }
  label {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
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
  .field:focus-within {
    border-color: var(--_accent-ink);
    outline: 2px solid var(--_accent-ink);
    outline-offset: -1px;
  }
  .field:has([aria-invalid='true']) {
    border-color: var(--_alarm);
    outline-color: var(--_alarm);
  }
  input {
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
  button {
    flex: none;
    display: grid;
    place-items: center;
    width: 44px;
    height: 44px;
    padding: 0;
    border: 0;
    border-radius: 50%;
    background: var(--_accent);
    color: var(--_on-accent);
    cursor: pointer;
  }
  button:hover {
    background: color-mix(in oklab, var(--_accent), black 12%);
  }
  button:focus-visible {
    outline: 2px solid var(--_accent-ink);
    outline-offset: 2px;
  }
  svg {
    width: 20px;
    height: 20px;
  }
  p {
    margin: 0;
    font-size: 14px;
    color: var(--_alarm);
  }
  p:not(:empty) {
    padding: 8px 16px 0;
  }
`;
