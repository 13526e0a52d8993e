import { css } from './css.ts';

export const transcriptStyles = css`
  /* Reversed, it keeps its end in sight when the room for it changes. */
  .transcript {
    flex: 1;
    min-height: 0;
    display: flex;
    flex-direction: column-reverse;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 20px 16px 8px;
    scrollbar-width: thin;
  }
  .transcript:focus-visible {
    outline: 2px solid var(--_accent-ink);
    outline-offset: -2px;
  }
  .transcript > div {
    margin-block-end: auto;
  }
  ol {
    /* Not none: Safari would no longer call it a list. */
    list-style-type: '';
    margin: 0;
    padding: 0;
    display: flex;
    flex-direction: column;
    gap: 4px;
  }
  li {
    display: flex;
    animation: arrive 180ms ease-out;
  }
  /* A moment in which someone writes. It is only seen: who listens hears it at once, and may answer at once. */
  li.fresh .words {
    animation: arrive 180ms 450ms ease-out backwards;
  }
  .fresh + .fresh .words {
    animation-delay: 800ms;
  }
  .fresh + .fresh + .fresh .words {
    animation-delay: 1100ms;
  }
  li.fresh {
    position: relative;
    animation: none;
  }
  li:not(.fresh) + .fresh::before {
    content: '• • •';
    position: absolute;
    inset: 9px 16px auto;
    color: var(--_muted);
    animation: leave 450ms forwards;
  }
  li.last {
    margin-block-end: 12px;
  }
  li.visitor {
    justify-content: flex-end;
  }
  .words,
  .writing {
    max-width: 82%;
    box-sizing: border-box;
    padding: 9px 14px;
    border-radius: min(18px, var(--_radius));
    overflow-wrap: anywhere;
    white-space: pre-line;
    text-wrap: pretty;
    line-break: strict;
    background: var(--_bubble);
  }
  .words:lang(ja) {
    word-break: auto-phrase;
  }
  .brand.last .words {
    border-end-start-radius: min(6px, var(--_radius));
  }
  .visitor .words {
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .visitor.last .words {
    border-end-end-radius: min(6px, var(--_radius));
  }
  /* Seen where the pointer or the focus is; a finger has no way to look for it. */
  li .quiet {
    flex: none;
    align-self: center;
    min-height: 0;
    padding: 6px 12px;
    margin-inline-end: 4px;
    font-size: 14px;
  }
  @media (hover) and (pointer: fine) {
    li:not(:hover, :focus-within) > .quiet {
      opacity: 0;
    }
  }
  @media (pointer: coarse) {
    li .quiet {
      min-height: 44px;
    }
  }
  .told {
    margin: 0 0 16px;
    padding: 10px 14px;
    border-radius: min(12px, var(--_radius));
    border: 1px solid var(--_line);
    color: var(--_muted);
    font-size: 14px;
  }
  .told:empty {
    margin: 0;
    padding: 0;
    border: 0;
  }
  .writing {
    display: inline-block;
    margin: 0 0 12px;
    border-end-start-radius: min(6px, var(--_radius));
    color: var(--_muted);
    animation: breathe 1.2s ease-in-out infinite;
  }
  @keyframes arrive {
    from {
      opacity: 0;
      translate: 0 6px;
    }
  }
  @keyframes leave {
    30%,
    70% {
      opacity: 1;
    }
    0%,
    100% {
      opacity: 0;
      visibility: hidden;
    }
  }
  @keyframes breathe {
    50% {
      opacity: 0.25;
    }
  }
  @media (forced-colors: active) {
    .words {
      border: 1px solid;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    ::before {
      animation: none !important;
    }
    li::before {
      display: none;
    }
  }
`;
