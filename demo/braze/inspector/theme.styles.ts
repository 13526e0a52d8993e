import { css } from 'lit';

/** The page's own sheet: the tokens that every component inherits, and the ground under them. */
export const documentStyles = css`
  :root {
    color-scheme: light dark;
    --ground: light-dark(#f4f6f6, #0f1416);
    --surface: light-dark(#ffffff, #171d20);
    --sunken: light-dark(#f4f6f6, #101517);
    --hover: light-dark(#eef2f2, #1e2629);
    --text: light-dark(#15201f, #e7eded);
    --muted: light-dark(#526160, #9fb0af);
    --line: light-dark(#dde4e3, #2a3437);
    --strong-line: light-dark(#7b8a89, #6f8180);
    --accent: light-dark(#0b6b62, #5fd6c6);
    --accent-soft: light-dark(#e0f2ef, #12312e);
    --on-accent: light-dark(#ffffff, #06211e);
    --good: light-dark(#17693a, #7edb9f);
    --good-soft: light-dark(#e2f4e8, #15301f);
    --warn: light-dark(#7d4e00, #f0c06a);
    --warn-soft: light-dark(#fdf1d8, #35290f);
    --bad: light-dark(#a3242b, #ff9c9c);
    --bad-soft: light-dark(#fdeaea, #3a1a1c);
    --radius: 0.75rem;
    --mono: ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, Consolas, monospace;
    --shadow: 0 1px 2px light-dark(rgb(20 40 38 / 6%), rgb(0 0 0 / 40%));
  }

  body {
    margin: 0;
    min-height: 100dvh;
    background: var(--ground);
    color: var(--text);
    font:
      0.9375rem/1.5 system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      sans-serif;
    -webkit-text-size-adjust: 100%;
  }
`;

/** What every component starts from. */
export const baseStyles = css`
  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }

  :host {
    display: block;
  }

  h1,
  h2,
  h3,
  p,
  dl,
  dd,
  ul,
  ol,
  pre,
  fieldset {
    margin: 0;
    padding: 0;
  }

  ul,
  ol {
    list-style: none;
  }

  a {
    color: inherit;
    text-decoration: none;
  }

  a.link {
    color: var(--accent);
    text-decoration: underline;
    text-underline-offset: 0.15em;
  }

  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }

  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  .muted {
    color: var(--muted);
  }

  .button {
    padding: 0.4375rem 0.875rem;
    border: 1px solid var(--line);
    border-radius: 0.5rem;
    background: var(--surface);
    color: var(--text);
    font: inherit;
    font-weight: 550;
    cursor: pointer;
  }

  .button:hover {
    background: var(--hover);
  }

  .button[aria-disabled='true'],
  .button:disabled {
    opacity: 0.5;
    cursor: default;
  }

  .button.small {
    padding: 0.1875rem 0.625rem;
    font-size: 0.8125rem;
  }

  .button.primary {
    border-color: transparent;
    background: var(--accent);
    color: var(--on-accent);
  }

  .button.primary:hover {
    filter: brightness(1.08);
  }

  .badge {
    display: inline-block;
    min-width: 3rem;
    padding: 0.0625rem 0.4375rem;
    border-radius: 0.375rem;
    font-size: 0.8125rem;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
    text-align: center;
  }

  .badge.accepted {
    background: var(--good-soft);
    color: var(--good);
  }

  .badge.partial,
  .badge.fault {
    background: var(--warn-soft);
    color: var(--warn);
  }

  .badge.refused {
    background: var(--bad-soft);
    color: var(--bad);
  }

  .card {
    border-radius: var(--radius);
    background: var(--surface);
    box-shadow:
      inset 0 0 0 1px var(--line),
      var(--shadow);
  }
`;
