import { css } from 'lit';

export const requestDetailStyles = css`
  .verdict {
    margin-top: 0.625rem;
  }

  details {
    margin-top: 0.75rem;
  }

  summary {
    width: fit-content;
    border-radius: 0.25rem;
    color: var(--muted);
    font-size: 0.8125rem;
    cursor: pointer;
  }

  summary:hover {
    color: var(--text);
  }

  details > :not(summary) {
    margin-top: 0.375rem;
  }

  .long {
    margin-top: 0.5rem;
    font-size: 0.8125rem;
  }
`;
