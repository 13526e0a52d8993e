/**
 * What stands at the launcher: a bubble with a few words of the brand, and a badge. Plain DOM, in the launcher's shadow root. Fetched where
 * the page asks for one of them.
 */

import type { TriggerHost } from '../triggers.ts';

/** By this name the build knows what is a style, and shortens it. */
const css = String.raw;

const STYLES = css`
  /* Whatever the page's rules give the launcher's element ends here. */
  [part='teaser'],
  [part='badge'] {
    all: initial;
    color-scheme: inherit;
    position: absolute;
    box-sizing: border-box;
  }
  [part='teaser'] {
    inset-block-end: 7px;
    display: flex;
    width: max-content;
    max-width: min(288px, 100vw - 104px - var(--parley-offset-inline, 20px));
    max-height: calc(100vh - 40px);
    overflow: auto;
    border: 1px solid light-dark(#e3e5e8, #34373c);
    border-radius: min(20px, var(--parley-radius, 20px));
    background: var(--parley-surface, light-dark(#fff, #1b1d20));
    color: var(--parley-ink, light-dark(#1d1f23, #eceded));
    font: 400 15px/1.4 var(--parley-font, system-ui, sans-serif);
    box-shadow:
      0 1px 2px rgb(0 0 0 / 8%),
      0 8px 28px rgb(0 0 0 / 18%);
  }
  .left {
    right: calc(100% + 12px);
    border-bottom-right-radius: min(6px, var(--parley-radius, 20px));
  }
  .right {
    left: calc(100% + 12px);
    border-bottom-left-radius: min(6px, var(--parley-radius, 20px));
  }
  [part='teaser'] button {
    all: unset;
    box-sizing: border-box;
    min-height: 44px;
    padding: 11px 0;
    padding-inline-start: 16px;
    border-radius: 19px;
    overflow-wrap: anywhere;
    cursor: pointer;
  }
  [part='teaser'] button + button {
    flex: none;
    width: 40px;
    height: 44px;
    padding: 0;
    font-size: 20px;
    text-align: center;
    opacity: 0.7;
  }
  [part='teaser'] button + button:hover {
    opacity: 1;
  }
  [part='teaser'] button:focus-visible {
    outline: 2px solid;
    outline-offset: -4px;
    opacity: 1;
  }
  [part='badge'] {
    inset-block-start: -4px;
    inset-inline-end: -4px;
    min-width: 24px;
    height: 24px;
    padding: 0 5px;
    border: 2px solid var(--parley-surface, light-dark(#fff, #1b1d20));
    border-radius: 12px;
    background: #c4221b;
    color: #fff;
    font: 600 12px/20px var(--parley-font, system-ui, sans-serif);
    text-align: center;
    pointer-events: none;
  }
  [part='badge']:empty {
    inset-block-start: 0;
    inset-inline-end: 0;
    min-width: 16px;
    height: 16px;
  }
  @media (pointer: coarse) {
    [part='teaser'] button + button {
      width: 44px;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    [part='teaser'],
    [part='badge'] {
      animation: arrive 180ms ease-out;
    }
    @keyframes arrive {
      from {
        opacity: 0;
        transform: translateY(6px);
      }
    }
  }
  @media (forced-colors: active) {
    [part='badge'] {
      background: CanvasText;
      color: Canvas;
      forced-color-adjust: none;
    }
    [part='teaser'] button + button {
      opacity: 1;
    }
  }
  @media print {
    [part] {
      display: none;
    }
  }
`;

/** The one word that is the widget's own. */
const DISMISS: Readonly<Record<string, string>> = {
  en: 'Dismiss',
  ja: '閉じる',
  pt: 'Dispensar',
  es: 'Descartar',
  fr: 'Ignorer',
  de: 'Ausblenden',
  ar: 'إخفاء',
};

/** The most that a badge says in digits, which would not fit else. */
const MOST = 99;

export interface Signs {
  /** Its time has come. It is shown unless the visitor has had it. */
  readonly tease: (visit: number) => void;
  /** The page is left, and with it the teaser. */
  readonly hide: () => void;
  /** Looks what is remembered of the visitor. */
  readonly look: (visit: number) => void;
  /** The chat is open: nothing invites to it any more. */
  readonly settle: () => void;
  /** @param count 0: no badge */
  readonly setUnread: (count: number) => void;
  /** Nothing of it is left. */
  readonly remove: () => void;
}

/** @param invitation what the badge says on the first visit: digits; or empty, for a dot. `undefined`: there is none */
export function drawSigns(host: TriggerHost, invitation: string | undefined): Signs {
  const { root, button, remembered, remember, openByVisitor } = host;
  const { teaser: text = '', locale } = host.settings;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  root.adoptedStyleSheets.push(sheet);
  const teaser = document.createElement('section');
  const badge = document.createElement('span');
  const status = document.createElement('div');
  teaser.setAttribute('part', 'teaser');
  badge.setAttribute('part', 'badge');
  badge.ariaHidden = 'true';
  status.role = 'status';
  // Screen readers have to know the region before something comes into it, which they then say once.
  root.append(status);
  /** As the loader has it, or as it has become by opening. */
  let unread: number | undefined;
  /** What the badge has added to the launcher's name. */
  let added = '';

  const nameOf = () => {
    const name = button.ariaLabel ?? '';
    return added && name.endsWith(added) ? name.slice(0, -added.length) : name;
  };

  const showBadge = (count: number) => {
    const name = nameOf();
    added = count ? ` (${count})` : '';
    button.ariaLabel = name + added;
    if (invitation) badge.textContent = count > MOST ? `${MOST}+` : String(count);
    if (count) root.append(badge);
    else badge.remove();
  };

  const setUnread = (count: number) => showBadge((unread = count));

  /** They have answered to it, or do not want it. */
  const retire = () => {
    remember('teaser', '1');
    teaser.remove();
  };

  const dismiss = () => {
    // A launcher with the focus begins to load the chat, so only where the focus would be lost else.
    if (teaser.querySelector(':focus-visible')) button.focus();
    retire();
  };

  const addButton = (act: () => void) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.addEventListener('click', act);
    teaser.append(made);
    return made;
  };

  // The brand writes in a language of its own.
  const words = document.createElement('bdi');
  words.textContent = text;
  addButton(() => {
    retire();
    openByVisitor();
  }).append(words);
  const cross = addButton(dismiss);
  const language = (locale || document.documentElement.lang || navigator.language).slice(0, 2).toLowerCase();
  cross.lang = language in DISMISS ? language : 'en';
  cross.ariaLabel = DISMISS[cross.lang] as string;
  cross.textContent = '×';

  // By their types, a shadow root knows no keyboard.
  const listener = (event: Event) => {
    if ((event as KeyboardEvent).key !== 'Escape' || !teaser.isConnected) return;
    // It is not the page's dialog that was meant.
    event.stopPropagation();
    dismiss();
  };
  root.addEventListener('keydown', listener);

  return {
    tease(visit) {
      if (!text || teaser.isConnected || remembered('teaser') !== null) return;
      teaser.ariaLabel = nameOf();
      const { left, width } = button.getBoundingClientRect();
      // Towards the middle of the page.
      teaser.className = left + width / 2 < innerWidth / 2 ? 'right' : 'left';
      // On the next page of the visit it is there, and need not be said again.
      (remembered('told') === String(visit) ? root : status).append(teaser);
      remember('told', String(visit));
    },
    hide: () => teaser.remove(),
    look(visit) {
      if (remembered('teaser') !== null) teaser.remove();
      const isInvited = invitation !== undefined && visit === 1 && remembered('badge') === null;
      showBadge(unread ?? (isInvited ? Number(invitation || 1) : 0));
    },
    settle() {
      if (teaser.isConnected) retire();
      remember('badge', '1');
      setUnread(0);
    },
    setUnread,
    remove() {
      root.removeEventListener('keydown', listener);
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((one) => one !== sheet);
      button.ariaLabel = nameOf();
      for (const element of [teaser, badge, status]) element.remove();
    },
  };
}
