/** The button in the corner, in plain DOM: it is there before anything is loaded, and shifts nothing. */

import { css } from './view/css.ts';

const SVG = 'http://www.w3.org/2000/svg';

const STYLES = css`
  /* Out of the page's flow, or a flex or grid container would make room for it. */
  :host {
    all: initial !important;
    color-scheme: var(--_scheme) !important;
    position: fixed !important;
    z-index: var(--parley-z-index, 2147480000) !important;
    inset-block-end: var(--parley-offset-block, 20px) !important;
    inset-inline-end: var(--parley-offset-inline, 20px) !important;
  }
  :host([position='start']) {
    inset-inline: var(--parley-offset-inline, 20px) auto !important;
  }
  /* The border is seen where the visitor has forced the colours. The browser's own outline is seen on any ground. */
  button {
    display: grid;
    place-items: center;
    width: 60px;
    height: 60px;
    margin: 0;
    padding: 0;
    border: 1px solid transparent;
    border-radius: 50%;
    cursor: pointer;
    background: var(--parley-accent, #2f5fb3) border-box;
    color: var(--parley-on-accent, #fff);
    box-shadow:
      0 0 0 1.5px #fff8,
      0 8px 24px #0004;
    outline-width: 3px;
    outline-offset: 3px;
  }
  button:hover {
    filter: brightness(0.9);
  }
  [aria-busy] {
    opacity: 0.6;
  }
  svg,
  img {
    grid-area: 1 / 1;
    width: 28px;
    height: 28px;
    fill: none;
    stroke: currentColor;
    stroke-width: 2.1;
    stroke-linecap: round;
  }
  img {
    width: 58px;
    height: 58px;
    border-radius: 50%;
    object-fit: cover;
  }
  [aria-expanded='false'] path + path,
  img + svg path:first-child,
  [aria-expanded='true'] :is(img, path:first-child) {
    opacity: 0;
  }
  @media (max-width: 480px) {
    [aria-expanded='true'] {
      display: none;
    }
  }
  @media print {
    :host {
      display: none !important;
    }
  }
`;

/** A speech bubble, and a cross for when the chat is open, in pixels. */
const PATHS = ['m11 21-4.5 2.3.9-4a9.9 8.4 0 1 1 3.6 1.7Z', 'm8 8 12 12M20 8 8 20'];

/** "Chat" in the languages of ours that have another word for it. */
const CHAT: Readonly<Record<string, string>> = { ar: 'دردشة', ja: 'チャット' };

export interface Launcher {
  /** On the page until somebody takes it off. */
  readonly host: HTMLElement;
  readonly button: HTMLButtonElement;
}

/**
 * @param settings the script tag's: `name`, `label`, `locale`, `icon`, `theme`, `position`
 * @param intend the visitor seems about to open the chat
 */
export function drawLauncher(
  { name, label, locale = '', icon, theme = '', position = '' }: DOMStringMap,
  intend: () => void,
  toggle: () => void,
): Launcher {
  const host = document.createElement('parley-launcher');
  host.lang = locale;
  // By the object model, which no Content Security Policy refuses. The teaser is drawn in it, too.
  host.style.setProperty('--_scheme', theme || 'light dark');
  host.setAttribute('position', position);
  const root = host.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [STYLES];
  const button = document.createElement('button');
  button.part.add('launcher');
  const [language = ''] = (locale || document.documentElement.lang || navigator.language).split(/[-_]/);
  const chat = CHAT[language.toLowerCase()] ?? 'Chat';
  button.ariaLabel = label ?? (name ? `${chat}: ${name}` : chat);
  button.ariaExpanded = 'false';
  button.ariaHasPopup = 'dialog';
  if (icon) button.append(drawPicture(icon));
  button.append(drawIcon());
  // A finger enters, too, before it is down.
  button.onpointerenter = button.onfocus = intend;
  button.onclick = toggle;
  root.append(button);
  // Beside the body: single-page applications swap that for the next page's.
  document.documentElement.append(host);
  return { host, button };
}

/** The brand's own; ours where it cannot be had. */
function drawPicture(src: string): HTMLImageElement {
  const picture = new Image();
  picture.alt = '';
  picture.onerror = () => picture.remove();
  picture.src = src;
  return picture;
}

function drawIcon(): SVGElement {
  const icon = document.createElementNS(SVG, 'svg');
  icon.ariaHidden = 'true';
  for (const line of PATHS) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', line);
    icon.append(path);
  }
  return icon;
}
