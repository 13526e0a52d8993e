import { css } from 'lit';

export const profileListStyles = css`
  .row {
    grid-template-columns: auto 1fr auto;
  }

  .avatar {
    display: grid;
    grid-row: span 2;
    place-items: center;
    width: 2.25rem;
    height: 2.25rem;
    border: 1px dashed var(--strong-line);
    border-radius: 50%;
    color: var(--muted);
    font-weight: 600;
  }

  .avatar.known {
    border: 0;
    background: var(--accent-soft);
    color: var(--accent);
  }

  .row[aria-current] .avatar.known {
    background: var(--surface);
  }

  .end {
    text-align: end;
  }
`;
