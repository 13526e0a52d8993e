import { css } from 'lit';

export const transcriptStyles = css`
  /* Reversed, it keeps its end in sight when the room for it changes. */
  :host {
    display: flex;
    flex-direction: column-reverse;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 20px 16px 8px;
    scrollbar-width: thin;
  }
  div {
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
  li.last {
    margin-block-end: 12px;
  }
  li.visitor {
    justify-content: flex-end;
  }
  .words,
  .offers,
  img {
    max-width: 82%;
  }
  .words {
    box-sizing: border-box;
    padding: 9px 14px;
    border-radius: 18px;
    overflow-wrap: anywhere;
    white-space: pre-line;
    background: var(--_bubble);
  }
  .brand.last .words {
    border-end-start-radius: 6px;
  }
  .visitor .words {
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .visitor.last .words {
    border-end-end-radius: 6px;
  }
  .words a {
    color: inherit;
    text-underline-offset: 2px;
  }
  img {
    height: auto;
    max-height: 320px;
    object-fit: contain;
    border-radius: 18px;
    background: var(--_bubble);
  }
  .offers {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-block: 4px 8px;
  }
  /* Seen where the pointer or the focus is; a finger has no way to look for it. */
  .quiet {
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
    .quiet {
      min-height: 44px;
    }
  }
  .notice {
    margin: 0 0 16px;
    padding: 10px 14px;
    border-radius: 12px;
    border: 1px solid var(--_line);
    color: var(--_muted);
    font-size: 14px;
  }
  .notice:empty {
    margin: 0;
    padding: 0;
    border: 0;
  }
  .writing {
    display: inline-flex;
    gap: 5px;
    margin: 0 0 12px;
    padding: 14px 16px;
    border-radius: 18px;
    border-end-start-radius: 6px;
    background: var(--_bubble);
  }
  .writing i {
    width: 7px;
    height: 7px;
    border-radius: 50%;
    background: var(--_muted);
    animation: breathe 1.2s ease-in-out infinite;
  }
  .writing i:nth-child(2) {
    animation-delay: 0.15s;
  }
  .writing i:nth-child(3) {
    animation-delay: 0.3s;
  }
  @keyframes arrive {
    from {
      opacity: 0;
      translate: 0 6px;
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
    .writing i {
      background: CanvasText;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    li,
    .writing i {
      animation: none;
    }
  }
`;
