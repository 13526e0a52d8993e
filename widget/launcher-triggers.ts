/** Between the launcher and its triggers: what a page asks for by `data-trigger`, `data-teaser` or `data-badge`. Fetched where it does. */
import { connectTriggers, type Triggers, type TriggerSettings } from './triggers.ts';

/** @param by what the visitor opens it with: then they get the focus */
type Show = (isWanted: boolean, by?: HTMLElement) => Promise<void>;

/**
 * What the visitor has seen lasts as long as the page where nothing may be kept. `forgetTraces` removes it by its name.
 * @param settings the script tag's own
 * @param button the launcher's
 */
export function connectLauncher(settings: DOMStringMap, button: HTMLButtonElement, show: Show): Triggers {
  const seen = new Map<string, string>();
  const touch = <Found>(key: string, use: (storage: Storage, name: string) => Found): Found | undefined => {
    try {
      return window.parley?.mayTouch?.() ? use(localStorage, `parley-seen-${key}`) : undefined;
    } catch {
      // A browser that keeps nothing shows it again.
      return undefined;
    }
  };
  return connectTriggers({
    settings: { tags: '', locale: '', ...(settings as Partial<TriggerSettings>) },
    root: button.getRootNode() as ShadowRoot,
    button,
    // Or about to be.
    isOpen: () => button.ariaExpanded === 'true' || button.ariaBusy === 'true',
    open: () => void show(true),
    openByVisitor: () => void show(true, button),
    remembered: (key) => touch(key, (storage, name) => storage.getItem(name)) ?? seen.get(key) ?? null,
    remember(key, value) {
      seen.set(key, value);
      touch(key, (storage, name) => storage.setItem(name, value));
    },
  });
}
