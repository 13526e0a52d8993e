import { css } from 'lit';

export const faultPanelStyles = css`
  form {
    padding: 1.25rem clamp(1rem, 2vw, 1.5rem) 1.5rem;
  }

  h2 {
    font-size: 1.25rem;
    line-height: 1.3;
    letter-spacing: -0.01em;
  }

  fieldset {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 25rem), 1fr));
    gap: 0.625rem;
    margin: 1.125rem 0;
    border: 0;
  }

  .preset {
    position: relative;
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 0.125rem 0.625rem;
    align-content: start;
    padding: 0.75rem 0.875rem;
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
    font-size: 0.875rem;
  }

  .preset:has(:checked) > p {
    color: var(--text);
  }

  .foot label {
    display: grid;
    gap: 0.125rem;
    font-size: 0.8125rem;
  }

  .foot .wide {
    flex: 1 1 24rem;
  }

  .foot input,
  select {
    width: 100%;
    padding: 0.375rem 0.5rem;
    border: 1px solid var(--strong-line);
    border-radius: 0.5rem;
    background: var(--surface);
    color: var(--text);
    font: inherit;
    font-size: 0.875rem;
  }

  .foot input[type='number'] {
    width: 7rem;
  }

  .foot {
    display: flex;
    flex-wrap: wrap;
    gap: 0.75rem 1rem;
    align-items: end;
  }

  .foot p {
    flex-basis: 100%;
    color: var(--good);
  }
`;
