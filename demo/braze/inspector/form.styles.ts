import { css } from 'lit';

/** Fields with their names above them, side by side while there is room. */
export const formStyles = css`
  form {
    padding: 1.25rem clamp(1rem, 2vw, 1.5rem) 1.5rem;
  }

  h2 {
    font-size: 1.25rem;
    line-height: 1.3;
    letter-spacing: -0.01em;
  }

  fieldset {
    min-width: 0;
    border: 0;
  }

  .fields {
    display: flex;
    flex-wrap: wrap;
    gap: 0.75rem 1rem;
    align-items: end;
  }

  .field {
    display: grid;
    gap: 0.125rem;
    min-width: 0;
    max-width: 100%;
    font-size: 0.8125rem;
  }

  .field.wide {
    flex: 1 1 20rem;
  }

  .field input,
  select,
  textarea {
    width: 100%;
    max-width: 100%;
    padding: 0.375rem 0.5rem;
    border: 1px solid var(--strong-line);
    border-radius: 0.5rem;
    background: var(--surface);
    color: var(--text);
    font: inherit;
    font-size: 0.875rem;
  }

  textarea {
    min-height: 4.5rem;
    font-family: var(--mono);
    resize: vertical;
  }

  .field input[type='number'] {
    width: 8.5rem;
  }

  .field .muted {
    font-size: 0.8125rem;
  }

  .message {
    flex: 1 1 12rem;
    padding: 0.4375rem 0;
    color: var(--good);
  }

  .message.bad {
    color: var(--bad);
  }
`;
