import { css } from 'lit';

export const requestListStyles = css`
  .row {
    grid-template-columns: auto 1fr auto;
  }

  .status {
    grid-row: span 2;
  }

  .cargo {
    grid-column: 2 / -1;
  }
`;
