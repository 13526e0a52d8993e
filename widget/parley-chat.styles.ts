import { css } from './view/css.ts';

export const chatStyles = css`
  :host {
    display: block;
    height: var(--parley-height, 560px);
  }
  /* Out of reach of what the page lays down for everything on it: importance counts from the inside out. */
  :host([floating]) {
    all: initial !important;
    position: fixed !important;
    z-index: var(--parley-z-index, 2147480000) !important;
    /* Above the launcher, with a gap of 12 px. */
    --_block: calc(var(--parley-offset-block, 20px) + 72px);
    inset-block-end: var(--_block) !important;
    inset-inline: auto var(--parley-offset-inline, 20px) !important;
    width: min(var(--parley-width, 384px), 100vw - 40px) !important;
    height: min(var(--parley-height, 640px), 100dvh - var(--_block) - 20px) !important;
  }
  :host([floating][position='start']) {
    inset-inline: var(--parley-offset-inline, 20px) auto !important;
  }
  :host([hidden]),
  :host([floating]:not([opened])) {
    display: none !important;
  }
  /* Whatever the page's rules give the element ends here: text-transform, spacing, colours of a reset. */
  section {
    --_accent: var(--parley-accent, #2f5fb3);
    --_on-accent: var(--parley-on-accent, #fff);
    --_surface: var(--parley-surface, light-dark(#fff, #1b1d20));
    --_ink: var(--parley-ink, light-dark(#1d1f23, #eceded));
    --_radius: var(--parley-radius, 20px);
    /* Between the two: a brand that sets them has the rest in its own colours. */
    --_muted: color-mix(in oklab, var(--_ink) 72%, var(--_surface));
    --_bubble: color-mix(in oklab, var(--_ink) 7%, var(--_surface));
    --_line: color-mix(in oklab, var(--_ink) 12%, var(--_surface));
    --_control: color-mix(in oklab, var(--_ink) 52%, var(--_surface));
    --_alarm: light-dark(#b3261e, #ff9d94);
    /* The accent as a line: of ink enough that it is seen on the surface whatever the accent is, 3 to 1 at least. */
    --_accent-ink: color-mix(in oklab, var(--_accent) 45%, var(--_ink));
    all: initial;
    color-scheme: light dark;
    user-select: text;
    color: var(--_ink);
    font: 400 16px/1.45 var(--parley-font, system-ui, sans-serif);
    box-sizing: border-box;
    height: 100%;
    display: flex;
    flex-direction: column;
    overflow: hidden;
    background: var(--_surface);
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    outline: 0;
  }
  :host([theme='light']) section {
    color-scheme: light;
  }
  :host([theme='dark']) section {
    color-scheme: dark;
  }
  :host([floating]) section {
    box-shadow:
      0 1px 2px rgb(0 0 0 / 8%),
      0 16px 48px rgb(0 0 0 / 22%);
  }
  section:focus-visible {
    outline: 2px solid var(--_accent-ink);
    outline-offset: -2px;
  }
  .top {
    display: flex;
    align-items: center;
    min-height: 44px;
    padding: 8px;
    padding-inline-start: 20px;
    border-block-end: 1px solid var(--_line);
  }
  .top img {
    height: 32px;
    max-width: 96px;
    object-fit: contain;
    margin-inline-end: 12px;
  }
  h2 {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
    margin: 0;
    font: inherit;
    font-weight: 600;
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
  /* The same as PHONE of the element. */
  @media (max-width: 480px), (max-height: 420px) {
    :host([floating]) {
      inset: var(--_top, 0) 0 auto !important;
      width: auto !important;
      height: var(--_height, 100dvh) !important;
    }
    :host([floating]) section {
      border: 0;
      border-radius: 0;
      padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom)
        env(safe-area-inset-left);
    }
  }
  @media print {
    :host([floating]) {
      display: none !important;
    }
  }
`;
