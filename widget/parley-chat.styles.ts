import { css } from 'lit';

export const chatStyles = css`
  :host {
    --_accent: var(--parley-accent, #2f5fb3);
    --_on-accent: var(--parley-on-accent, #fff);
    --_surface: light-dark(#fff, #1b1d20);
    --_ink: light-dark(#1d1f23, #eceded);
    --_muted: light-dark(#5b6068, #a7acb3);
    --_bubble: light-dark(#f0f1f3, #2b2e33);
    --_line: light-dark(#e3e5e8, #34373c);
    --_control: light-dark(#8b9099, #777c85);
    --_alarm: light-dark(#b3261e, #ff9d94);
    /* The accent as a line or as text: lighter on a dark ground. */
    --_accent-ink: light-dark(var(--_accent), color-mix(in oklab, var(--_accent), white 45%));
    display: block;
    height: 560px;
  }
  :host([hidden]),
  :host([floating]:not([open])) {
    display: none;
  }
  :host([floating]) {
    position: fixed;
    z-index: 2147483000;
    inset-block-end: 92px;
    inset-inline-end: 20px;
    width: 384px;
    height: min(640px, calc(100dvh - 112px));
  }
  /* Whatever the page's rules give the element ends here: text-transform, spacing, colours of a reset. */
  section {
    all: initial;
    color-scheme: inherit;
    color: var(--_ink);
    font: 400 16px/1.45 var(--parley-font, system-ui, sans-serif);
    box-sizing: border-box;
    height: 100%;
    display: flex;
    flex-direction: column;
    overflow: hidden;
    background: var(--_surface);
    border: 1px solid var(--_line);
    border-radius: 20px;
    outline: 0;
  }
  :host([floating]) section {
    box-shadow:
      0 1px 2px rgb(0 0 0 / 8%),
      0 16px 48px rgb(0 0 0 / 22%);
  }
  section:focus-visible {
    box-shadow: 0 0 0 2px var(--_accent-ink);
  }
  .top {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-height: 44px;
    padding: 8px 8px 8px 20px;
    padding-inline: 20px 8px;
    border-block-end: 1px solid var(--_line);
  }
  h2 {
    margin: 0;
    font: inherit;
    font-weight: 600;
  }
  parley-transcript {
    flex: 1;
    min-height: 0;
  }
  /* What was said stays in sight above a long list of options. */
  parley-question {
    max-height: 60%;
  }
  parley-transcript:focus-visible {
    outline: 2px solid var(--_accent-ink);
    outline-offset: -2px;
  }
  .waiting,
  .over,
  .notice {
    margin: 0;
    padding: 8px 20px 16px;
    font-size: 14px;
    color: var(--_muted);
    text-align: center;
  }
  .waiting:empty {
    padding: 0;
  }
  .notice {
    margin: auto;
    font-size: 16px;
  }
  :is(.over, .notice) .pill {
    margin-inline: auto;
  }
  .round:hover {
    background: var(--_bubble);
  }
  @media (max-width: 480px) {
    :host([floating]) {
      inset: 0;
      width: auto;
      height: auto;
    }
    :host([floating]) section {
      border: 0;
      border-radius: 0;
    }
  }
  @media print {
    :host([floating]) {
      display: none;
    }
  }
`;
