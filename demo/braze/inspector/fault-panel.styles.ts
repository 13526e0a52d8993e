import { css } from 'lit';

export const faultPanelStyles = css`
  .presets {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr));
    gap: 0.5rem;
    margin: 1rem 0;
  }

  .preset {
    position: relative;
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 0.125rem 0.625rem;
    align-content: start;
    padding: 0.625rem 0.75rem;
    border: 1px solid var(--line);
    border-radius: 0.625rem;
  }

  .preset:hover {
    border-color: var(--strong-line);
  }

  .preset:has(:checked) {
    border-color: var(--accent);
    background: var(--accent-soft);
  }

  .preset:has(input:focus-visible) {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }

  .preset > input {
    width: 1rem;
    height: 1rem;
    margin: 0.1875rem 0 0;
    accent-color: var(--accent);
    outline: none;
  }

  .preset > label {
    font-weight: 600;
    cursor: pointer;
  }

  /* The whole card answers a click. */
  .preset > label::after {
    position: absolute;
    inset: 0;
    content: '';
  }

  .preset > p {
    grid-column: 2;
    font-size: 0.8125rem;
  }

  .preset:has(:checked) > p {
    color: var(--text);
  }
`;
