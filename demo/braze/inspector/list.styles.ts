import { css } from 'lit';

/** A column of links, of which one is chosen. */
export const listStyles = css`
  ul {
    padding: 0.375rem;
  }

  li + li {
    margin-top: 0.125rem;
  }

  .row {
    display: grid;
    gap: 0 0.75rem;
    align-items: center;
    padding: 0.375rem 0.75rem;
    border-radius: 0.5rem;
  }

  .row:hover {
    background: var(--hover);
  }

  .row:focus-visible {
    outline-offset: -2px;
  }

  .row[aria-current] {
    background: var(--accent-soft);
    box-shadow: inset 0 0 0 1px color-mix(in srgb, var(--accent) 35%, transparent);
  }

  .row > * {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  /* The box that is clipped goes as its words go, so that it is their end that is clipped. All rows begin at one side. */
  .row > bdi {
    text-align: left;
  }

  .title {
    font-weight: 600;
  }

  .small {
    color: var(--muted);
    font-size: 0.8125rem;
  }

  time {
    color: var(--muted);
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
  }

  .more {
    padding: 0 1.125rem 0.875rem;
  }

  /* Two names for one animation: taking turns, it starts again with every change. */
  .fresh-0 {
    animation: arrive-0 1.6s ease-out;
  }

  .fresh-1 {
    animation: arrive-1 1.6s ease-out;
  }

  @keyframes arrive-0 {
    from {
      background: var(--good-soft);
    }
  }

  @keyframes arrive-1 {
    from {
      background: var(--good-soft);
    }
  }

  /* Where the detail is not beside the list, nothing in it is chosen yet. */
  @media (max-width: 52rem) {
    .row[aria-current] {
      background: none;
      box-shadow: none;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    .row {
      animation: none;
    }
  }
`;
