import { css } from 'lit';

/** A list, and the thing that is looked at beside it, or instead of it where there is no room. */
export const browseStyles = css`
  .columns {
    display: grid;
    grid-template-columns: minmax(17rem, 23rem) minmax(0, 1fr);
    gap: 0.75rem;
    align-items: start;
  }

  .list {
    display: flex;
    position: sticky;
    top: 0.75rem;
    flex-direction: column;
    /* What is left below the head of the page, so that the way to older rows is in sight. */
    max-height: max(22rem, calc(100dvh - 9rem));
  }

  .rows {
    flex: 1;
    min-height: 0;
    overflow: auto;
  }

  .search {
    padding: 0.75rem 0.75rem 0.625rem;
    border-bottom: 1px solid var(--line);
  }

  .search label {
    display: block;
    margin-bottom: 0.25rem;
    font-size: 0.8125rem;
    font-weight: 600;
  }

  .search input {
    width: 100%;
    padding: 0.4375rem 0.625rem;
    border: 1px solid var(--strong-line);
    border-radius: 0.5rem;
    background: var(--surface);
    color: var(--text);
    font: inherit;
  }

  .search p,
  .pager {
    color: var(--muted);
    font-size: 0.8125rem;
  }

  .search p {
    margin-top: 0.25rem;
  }

  .pager {
    display: flex;
    gap: 0.5rem;
    align-items: center;
    justify-content: space-between;
    min-height: 2.75rem;
    padding: 0.375rem 0.75rem;
    border-top: 1px solid var(--line);
    font-variant-numeric: tabular-nums;
  }

  .pager [role='group'] {
    display: flex;
    gap: 0.375rem;
  }

  .problem {
    padding: 0.75rem;
    color: var(--bad);
  }

  .waiting,
  .empty {
    padding: clamp(2rem, 8vw, 5rem) 1.5rem;
    color: var(--muted);
    text-align: center;
  }

  .empty h2 {
    margin-bottom: 0.375rem;
    color: var(--text);
    font-size: 1.125rem;
  }

  .empty h2:focus {
    outline: none;
  }

  .empty p {
    max-width: 32rem;
    margin-inline: auto;
  }

  .back {
    display: none;
    width: fit-content;
    margin: 0.75rem 1rem 0;
    color: var(--accent);
    font-weight: 550;
  }

  @media (max-width: 52rem) {
    .columns {
      grid-template-columns: minmax(0, 1fr);
    }

    .list {
      position: static;
      max-height: none;
    }

    .columns.one .list,
    .columns:not(.one) .detail {
      display: none;
    }

    .back {
      display: block;
    }
  }
`;
