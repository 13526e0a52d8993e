import { css } from 'lit';

/** One thing in full: a head, and sections of names and values. */
export const detailStyles = css`
  :host {
    container-type: inline-size;
  }

  .head {
    padding: 1.25rem 1.5rem;
    border-bottom: 1px solid var(--line);
  }

  h2 {
    font-size: 1.25rem;
    line-height: 1.3;
    letter-spacing: -0.01em;
    overflow-wrap: anywhere;
  }

  h2:focus {
    outline: none;
  }

  h3 {
    display: flex;
    gap: 0.5rem;
    align-items: baseline;
    margin-bottom: 0.625rem;
    font-size: 0.8125rem;
    font-weight: 650;
    letter-spacing: 0.01em;
  }

  h3 .muted {
    font-weight: 400;
  }

  section {
    padding: 1.125rem 1.5rem 1.25rem;
  }

  section + section,
  section + .pair,
  .pair + section {
    border-top: 1px solid var(--line);
  }

  dl > div {
    display: grid;
    grid-template-columns: minmax(8.75rem, 30%) minmax(0, 1fr);
    gap: 0.125rem 1rem;
    align-items: baseline;
    padding: 0.3125rem 0;
  }

  dl > div + div {
    border-top: 1px solid var(--line);
  }

  dt {
    color: var(--muted);
    font: 0.8125rem/1.6 var(--mono);
    overflow-wrap: anywhere;
  }

  dd {
    overflow-wrap: anywhere;
  }

  dd bdi {
    white-space: pre-wrap;
  }

  .number,
  code {
    font: 0.875rem/1.6 var(--mono);
  }

  .values {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem;
    padding: 0;
  }

  .values li {
    padding: 0 0.5rem;
    border-radius: 0.375rem;
    background: var(--sunken);
    box-shadow: inset 0 0 0 1px var(--line);
  }

  pre {
    padding: 0.75rem 0.875rem;
    border-radius: 0.5rem;
    background: var(--sunken);
    box-shadow: inset 0 0 0 1px var(--line);
    font: 0.8125rem/1.6 var(--mono);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    tab-size: 2;
  }

  dd pre {
    padding: 0.375rem 0.625rem;
  }

  .json-key {
    color: var(--accent);
  }

  .json-text {
    color: var(--good);
  }

  .json-other {
    color: var(--warn);
  }

  @container (min-width: 44rem) {
    .pair {
      display: grid;
      grid-template-columns: repeat(2, minmax(0, 1fr));
    }

    .pair > section + section {
      border-top: 0;
      border-inline-start: 1px solid var(--line);
    }
  }

  @container (max-width: 36rem) {
    .head,
    section {
      padding-inline: 1rem;
    }
  }
`;
