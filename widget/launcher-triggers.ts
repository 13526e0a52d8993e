/** Between the launcher and its triggers: what a page asks for by `data-trigger`, `data-teaser` or `data-badge`. Fetched where it does. */
import { connectTriggers, type TriggerHost, type Triggers, type TriggerSettings } from './triggers.ts';

export interface LauncherHost extends Pick<TriggerHost, 'root' | 'button' | 'isOpen'> {
  /** The script tag's own. */
  readonly settings: DOMStringMap;
  /** @param by what the visitor opens it with: then they get the focus */
  readonly show: (isWanted: boolean, by?: HTMLElement) => Promise<void>;
  /** Whether the browser's storage may be read and written. */
  readonly mayTouch: () => boolean;
}

/** What the visitor has seen lasts as long as the page where nothing may be kept. `forgetTraces` removes it by its name. */
export function connectLauncher({ settings, show, mayTouch, root, button, isOpen }: LauncherHost): Triggers {
  const seen = new Map<string, string>();
  const touch = <Found>(key: string, use: (storage: Storage, name: string) => Found): Found | undefined => {
    try {
      return mayTouch() ? use(localStorage, `parley-seen-${key}`) : undefined;
    } catch {
      // A browser that keeps nothing shows it again.
      return undefined;
    }
  };
  return connectTriggers({
    settings: { tags: '', locale: '', ...(settings as Partial<TriggerSettings>) },
    root,
    button,
    isOpen,
    open: () => void show(true),
    openByVisitor: () => void show(true, button),
    remembered: (key) => touch(key, (storage, name) => storage.getItem(name)) ?? seen.get(key) ?? null,
    remember(key, value) {
      seen.set(key, value);
      touch(key, (storage, name) => storage.setItem(name, value));
    },
  });
}
