import { css } from 'lit';

export const resetDialogStyles = css`
  dialog {
    max-width: min(26rem, calc(100vw - 2rem));
    padding: 1.5rem;
    border: 0;
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--text);
    box-shadow: 0 1rem 3rem rgb(0 0 0 / 30%);
  }

  dialog::backdrop {
    background: rgb(8 16 15 / 50%);
  }

  h2 {
    margin-bottom: 0.375rem;
    font-size: 1.125rem;
  }

  .choices {
    display: flex;
    gap: 0.5rem;
    justify-content: end;
    margin-top: 1.25rem;
  }
`;
