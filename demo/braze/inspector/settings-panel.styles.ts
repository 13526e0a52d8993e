import { css } from 'lit';

export const settingsPanelStyles = css`
  fieldset {
    margin-top: 1.25rem;
    padding-top: 1rem;
    border-top: 1px solid var(--line);
  }

  legend {
    float: left;
    width: 100%;
    margin-bottom: 0.5rem;
    padding: 0;
    font-size: 0.9375rem;
    font-weight: 650;
  }

  .fields {
    clear: both;
  }

  .save {
    margin-top: 1.25rem;
  }

  .waiting {
    padding: 2rem;
    color: var(--muted);
    text-align: center;
  }
`;
