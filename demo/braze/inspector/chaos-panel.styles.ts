import { css } from 'lit';

export const chaosPanelStyles = css`
  :host {
    border-top: 1px solid var(--line);
  }

  .kinds {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 1.25rem;
    margin: 0.875rem 0 1rem;
    font-size: 0.875rem;
  }

  .kinds legend {
    margin-bottom: 0.25rem;
    padding: 0;
    font-size: 0.8125rem;
    font-weight: 600;
  }

  .kinds label {
    display: flex;
    gap: 0.4375rem;
    align-items: center;
    min-height: 1.5rem;
  }

  .kinds input {
    width: 1rem;
    height: 1rem;
    margin: 0;
    accent-color: var(--accent);
  }
`;
