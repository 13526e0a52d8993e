/** The button in the corner, in plain DOM: it is there before anything is loaded, and shifts nothing. */

const SVG = 'http://www.w3.org/2000/svg';

const STYLES = `
  /* Out of the page's flow, or a flex or grid container would make room for it. */
  :host { all: initial; position: fixed; z-index: 2147483000; inset-block-end: 20px; inset-inline-end: 20px; }
  button {
    display: grid; place-items: center; width: 60px; height: 60px; margin: 0; padding: 0;
    border: 0; border-radius: 50%; cursor: pointer;
    background: var(--parley-accent, #2f5fb3); color: var(--parley-on-accent, #fff);
    box-shadow: 0 0 0 1.5px rgb(255 255 255 / 50%), 0 1px 3px rgb(0 0 0 / 20%), 0 8px 24px rgb(0 0 0 / 20%);
  }
  button:hover { background: color-mix(in oklab, var(--parley-accent, #2f5fb3), black 12%); }
  button:focus-visible { outline: 3px solid var(--parley-accent, #2f5fb3); outline-offset: 3px; }
  svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
  path { transition: opacity 120ms; }
  [aria-expanded=false] path + path, [aria-expanded=true] path:first-child { opacity: 0; }
  @media (max-width: 480px) { [aria-expanded=true] { display: none; } }
  @media (prefers-reduced-motion: reduce) { path { transition: none; } }
  @media print { button { display: none; } }
`;

/** A speech bubble, and a cross for when the chat is open. */
const PATHS = [
  'M12 4c-4.7 0-8.5 3.2-8.5 7.2 0 2.2 1.1 4.1 2.9 5.4L5.6 20l4-2c.8.2 1.6.3 2.4.3 4.7 0 8.5-3.2 8.5-7.1S16.7 4 12 4Z',
  'm7 7 10 10M17 7 7 17',
];

export interface LauncherListener {
  /** The visitor seems about to open the chat. */
  readonly intend: () => void;
  readonly toggle: () => void;
}

export interface Launcher {
  readonly button: HTMLButtonElement;
  setOpen(isOpen: boolean): void;
}

export function drawLauncher(name: string, { intend, toggle }: LauncherListener): Launcher {
  const host = document.createElement('parley-launcher');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  root.adoptedStyleSheets = [sheet];
  const button = document.createElement('button');
  button.type = 'button';
  button.ariaLabel = name ? `Chat with ${name}` : 'Chat';
  button.ariaExpanded = 'false';
  button.append(drawIcon());
  for (const type of ['pointerenter', 'focus', 'touchstart']) {
    button.addEventListener(type, intend, { once: true, passive: true });
  }
  button.addEventListener('click', toggle);
  root.append(button);
  document.body.append(host);
  return { button, setOpen: (isOpen) => (button.ariaExpanded = String(isOpen)) };
}

function drawIcon(): SVGElement {
  const icon = document.createElementNS(SVG, 'svg');
  icon.setAttribute('viewBox', '0 0 24 24');
  icon.setAttribute('aria-hidden', 'true');
  for (const line of PATHS) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', line);
    icon.append(path);
  }
  return icon;
}
