import { css } from 'lit';

export const profileDetailStyles = css`
  .identifiers {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 1.25rem;
    margin-top: 0.625rem;
    font-size: 0.8125rem;
  }

  .identifiers code {
    overflow-wrap: anywhere;
  }

  .requests {
    display: inline-block;
    margin-top: 0.625rem;
    font-size: 0.8125rem;
  }
`;
