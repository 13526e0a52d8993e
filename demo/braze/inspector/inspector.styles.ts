import { css } from 'lit';

export const inspectorStyles = css`
  :host {
    max-width: 84rem;
    margin: 0 auto;
    padding: 1rem 1.25rem 2rem;
  }

  nav,
  .actions,
  .live,
  .notice {
    display: flex;
    align-items: center;
  }

  header {
    display: grid;
    grid-template: 'mark name actions' 'mark note actions' / auto 1fr auto;
    column-gap: 0.75rem;
    align-items: center;
  }

  header svg {
    grid-area: mark;
    width: 2.25rem;
    height: 2.25rem;
    color: var(--accent);
  }

  header path {
    stroke: var(--on-accent);
  }

  h1 {
    grid-area: name;
    font-size: 1.0625rem;
    line-height: 1.3;
    letter-spacing: -0.01em;
  }

  header p {
    grid-area: note;
    color: var(--muted);
    font-size: 0.8125rem;
  }

  .actions {
    grid-area: actions;
    flex-wrap: wrap;
    gap: 0.5rem 0.75rem;
  }

  .switch {
    display: flex;
    gap: 0.5rem;
    align-items: center;
    min-width: 0;
    font-size: 0.8125rem;
  }

  .switch select {
    min-width: 0;
    max-width: 14rem;
    padding: 0.375rem 0.5rem;
    border: 1px solid var(--strong-line);
    border-radius: 0.5rem;
    background: var(--surface);
    color: var(--text);
    font: inherit;
    font-size: 0.875rem;
  }

  .live {
    gap: 0.4375rem;
    font-size: 0.8125rem;
  }

  .live::before {
    width: 0.5rem;
    height: 0.5rem;
    border-radius: 50%;
    background: var(--bad);
    content: '';
  }

  .live.paused::before {
    background: var(--warn);
  }

  .live.on::before {
    background: var(--good);
    box-shadow: 0 0 0 3px var(--good-soft);
  }

  nav {
    flex-wrap: wrap;
    gap: 0 0.25rem;
    margin: 1rem 0 0.75rem;
    border-bottom: 1px solid var(--line);
  }

  nav a {
    margin-bottom: -1px;
    padding: 0.5rem 0.75rem;
    border-bottom: 2px solid transparent;
    border-radius: 0.375rem 0.375rem 0 0;
    color: var(--muted);
    font-weight: 550;
    white-space: nowrap;
  }

  nav a:hover {
    color: var(--text);
  }

  nav a[aria-current] {
    border-color: var(--accent);
    color: var(--text);
  }

  .count {
    margin-inline-start: 0.25rem;
    padding: 0 0.4375rem;
    border-radius: 1rem;
    background: var(--hover);
    color: var(--muted);
    font-size: 0.75rem;
    font-variant-numeric: tabular-nums;
  }

  .count.set {
    background: var(--warn-soft);
    color: var(--warn);
  }

  .notice {
    flex-wrap: wrap;
    gap: 0.5rem 1rem;
    justify-content: space-between;
    margin-bottom: 0.75rem;
    padding: 0.5rem 0.5rem 0.5rem 1rem;
    border-radius: var(--radius);
    background: var(--warn-soft);
    color: var(--warn);
  }

  .problem {
    margin-bottom: 0.75rem;
    padding: 0.75rem 1rem;
    border-radius: var(--radius);
    background: var(--bad-soft);
    color: var(--bad);
  }

  /* It is there all the time, so that what comes into it is read out. */
  .problem:empty {
    margin: 0;
    padding: 0;
  }

  @media (max-width: 52rem) {
    :host {
      padding: 0.875rem 0.75rem 1.5rem;
    }

    header {
      grid-template: 'mark name' 'note note' 'actions actions' / auto minmax(0, 1fr);
      row-gap: 0.5rem;
    }

    .switch {
      flex-basis: 100%;
    }

    .switch select {
      flex: 1;
      max-width: none;
    }

    .live {
      flex: 1;
    }

    nav {
      gap: 0;
      margin-top: 0.5rem;
    }

    nav a {
      padding-inline: 0.375rem;
      font-size: 0.875rem;
    }

    nav .count {
      margin: 0;
      padding-inline: 0.3125rem;
    }
  }
`;
