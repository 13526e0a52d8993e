import { css } from 'lit';

export const timelineStyles = css`
  li {
    position: relative;
    padding: 0 0 1rem 1.25rem;
    border-inline-start: 2px solid var(--line);
  }

  li:last-child {
    padding-bottom: 0;
  }

  li::before {
    position: absolute;
    top: 0.4375rem;
    left: -0.4375rem;
    width: 0.75rem;
    height: 0.75rem;
    border: 2px solid var(--surface);
    border-radius: 50%;
    background: var(--accent);
    content: '';
  }

  .line {
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.75rem;
    justify-content: space-between;
    margin-bottom: 0.25rem;
    overflow-wrap: anywhere;
  }

  .line time,
  .note {
    color: var(--muted);
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }

  button {
    margin-top: 1rem;
  }

  .values li {
    padding: 0 0.5rem;
    border: 0;
  }

  .values li::before {
    content: none;
  }
`;
