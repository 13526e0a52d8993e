/** What the page is about, while the visitor is on it. */
import type { TagSettings } from '../contract/site.ts';
import { listenToNavigation, overhear } from './navigation.ts';
import {
  elementTags,
  layerTags,
  mergeTags,
  metaTags,
  ON,
  pathTags,
  schemaTags,
  TAG,
  tagsFrom,
} from './tag-sources.ts';

export interface Tags {
  /** At most 20. What the page shows now comes last; before it what the visitor met, the newest last. */
  readonly tags: () => readonly string[];
  /** Adds to them, as if the visitor had met them now. */
  readonly setTags: (told: string | readonly string[]) => void;
  readonly disconnect: () => void;
}

const JSON_LD = 'script[type="application/ld+json"]';

/** What has tags, in what is put into the page or taken out of it. */
const SOURCES = `meta,${JSON_LD},[${TAG}]`;

/** So many of each kind are read. */
const MAX_STANDING = 20;

/** So much of an element must be in view. */
const SEEN = 0.5;

/** Entries of `dataLayer` that are looked at: pages that stay open for days have many thousands. */
const MAX_ENTRIES = 1000;

/**
 * Milliseconds until the page is read again: more than a frame has at 60 a second. In a page that is hidden, which has no frames, a browser
 * makes it a second by itself.
 */
const FRAME = 17;

/**
 * Reads the page now, and a frame after something that has tags has changed. What stands in the page goes with it; what the
 * visitor saw or clicked, and what was said to `dataLayer` or `setTags`, stays.
 * @param initial what the page's own code has said before
 */
export function connectTags(settings: TagSettings = {}, initial?: string | readonly string[]): Tags {
  const { data_layer, elements = true } = settings;
  let met = tagsFrom(initial);
  let standing: readonly string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const meet = (told: readonly string[]) => {
    met = mergeTags(met, told);
  };

  // It lets go of elements that are gone.
  const sight = new IntersectionObserver(
    (entries) =>
      meet(
        entries.flatMap(({ target, intersectionRatio }) =>
          intersectionRatio >= SEEN ? elementTags(target) : [],
        ),
      ),
    { threshold: SEEN },
  );

  let layer: unknown;
  let leaveLayer: (() => void) | undefined;
  /** Google's snippet may make it after us, and a page may put another in its place. */
  const joinLayer = () => {
    const { dataLayer } = window as { dataLayer?: unknown };
    if (!data_layer || dataLayer === layer || !Array.isArray(dataLayer)) return;
    leaveLayer?.();
    layer = dataLayer;
    const hear = (entries: readonly unknown[]) =>
      meet(entries.flatMap((entry) => layerTags(entry, data_layer)));
    hear(dataLayer.slice(-MAX_ENTRIES));
    leaveLayer = overhear(dataLayer, 'push', hear);
  };

  const read = (
    kind: string,
    tagsOf: (element: Element) => readonly string[],
    isOn = true,
  ): readonly string[] =>
    isOn ? [...document.querySelectorAll(kind)].slice(0, MAX_STANDING).flatMap(tagsOf) : [];

  const scan = () => {
    timer = undefined;
    joinLayer();
    standing = mergeTags(
      pathTags(location.pathname, settings.paths),
      read('meta[property="og:type"]', metaTags, settings.open_graph),
      read(JSON_LD, schemaTags, settings.json_ld),
      read('meta[name="parley:tag"]', metaTags, settings.meta),
    );
    if (elements) for (const element of document.querySelectorAll(`[${TAG}]`)) sight.observe(element);
  };

  const scanSoon = () => {
    timer ??= setTimeout(scan, FRAME);
  };

  const changes = new MutationObserver((records) => {
    joinLayer();
    for (const { attributeName, target, addedNodes, removedNodes } of records) {
      // It tells of an element once, unless it begins anew.
      if (attributeName) sight.unobserve(target as Element);
      if (attributeName || target.nodeName === 'SCRIPT' || [...addedNodes, ...removedNodes].some(hasTags))
        scanSoon();
    }
  });
  changes.observe(document, {
    childList: true,
    subtree: true,
    attributeFilter: ['content', 'name', 'property', TAG, ON],
  });
  const click = (event: Event) =>
    meet(event.composedPath().flatMap((target) => elementTags(target, 'click')));
  if (elements) document.addEventListener('click', click, true);
  const leaveNavigation = listenToNavigation(scanSoon);
  scan();

  return {
    tags: () => mergeTags(met, standing),
    setTags: (told) => meet(tagsFrom(told)),
    disconnect() {
      clearTimeout(timer);
      changes.disconnect();
      sight.disconnect();
      document.removeEventListener('click', click, true);
      leaveNavigation();
      leaveLayer?.();
    },
  };
}

/** Text has neither tags nor anything in it. */
const hasTags = (node: Node): boolean => {
  const element = node as Partial<Element>;
  return !!element.matches?.(SOURCES) || !!element.querySelector?.(SOURCES);
};
