/** Lint's words across the top of a demo page. It looks like a terminal, so that nobody takes it for the brand's or the chat's. */

const STYLES = `
  /* Above the chat, which fills the screen of a phone. Where there is room it leaves the chat's column free. */
  :host { all: initial; position: fixed; z-index: 2147483001; inset-block-start: 8px; inset-inline: 8px; }
  :host([hidden]) { display: none; }
  @media (min-width: 820px) { :host { inset-inline: 8px 424px; } }
  aside {
    box-sizing: border-box; display: flex; flex-direction: column; max-block-size: 40dvb; padding: 12px 12px 12px 16px;
    background: #16181c; color: #f3f4f6; border: 1px solid #f3f4f6; border-inline-start: 6px solid #ff8a80; border-radius: 4px;
    font: 400 15px/1.45 system-ui, sans-serif;
  }
  [role=alert] { display: flex; flex-direction: column; min-block-size: 0; }
  h2 { margin: 0; padding-inline-end: 88px; font: inherit; font-weight: 600; }
  ul { min-block-size: 0; overflow: auto; margin: 8px 0 0; padding: 0; list-style: none; }
  li { padding-block: 3px; overflow-wrap: anywhere; white-space: pre-wrap; font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; }
  button {
    position: absolute; inset-block-start: 8px; inset-inline-end: 8px; min-block-size: 32px; padding-inline: 12px; cursor: pointer;
    background: #16181c; color: inherit; border: 1px solid #9aa1ab; border-radius: 4px; font: inherit;
  }
  button:hover { background: #2b2f36; }
  :focus-visible { outline: 2px solid #ff8a80; outline-offset: 2px; }
  @media print { :host { display: none; } }
`;

export interface Banner {
  /** Shows these lines; with none the banner vanishes. What was closed stays so until something else is wrong. */
  show(lines: readonly string[]): void;
}

export function createBanner(): Banner {
  const host = document.createElement('demo-mistakes');
  host.hidden = true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  const root = host.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [sheet];
  const frame = document.createElement('aside');
  frame.ariaLabel = 'Mistakes in the flows';
  const alert = document.createElement('div');
  alert.role = 'alert';
  const close = document.createElement('button');
  close.type = 'button';
  close.textContent = 'Close';
  close.addEventListener('click', () => (host.hidden = true));
  frame.append(alert, close);
  root.append(frame);
  document.body.append(host);

  let shown = '';
  return {
    show: (lines) => {
      const wanted = lines.join('\n');
      if (wanted === shown) return;
      shown = wanted;
      host.hidden = lines.length === 0;
      alert.replaceChildren(...(lines.length === 0 ? [] : drawWords(lines)));
    },
  };
}

function drawWords(lines: readonly string[]): readonly HTMLElement[] {
  const title = document.createElement('h2');
  title.textContent = 'What was saved has mistakes; this page goes on with the flows of before.';
  const list = document.createElement('ul');
  // A long list scrolls: this is how a keyboard gets there.
  list.tabIndex = 0;
  list.role = 'list';
  list.ariaLabel = 'Mistakes';
  list.append(
    ...lines.map((line) => {
      const item = document.createElement('li');
      item.textContent = line;
      return item;
    }),
  );
  return [title, list];
}
