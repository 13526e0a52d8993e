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

export interface TagOptions {
  readonly document: Document;
  readonly settings?: TagSettings | undefined;
  /** What the script tag says, or a page before this one found. */
  readonly initial?: string | readonly string[] | undefined;
  /** Hears of the tags when they are others, or in another order, than before. */
  readonly changed: (tags: readonly string[]) => void;
}

export interface Tags {
  /** At most 20. What the page shows now comes last; before it what the visitor met, the newest last. */
  readonly tags: () => readonly string[];
  /** Adds to them, as if the visitor had met them now. */
  readonly setTags: (told: string | readonly string[]) => void;
  readonly disconnect: () => void;
}

/** Elements whose tags stand as long as they do. */
const JSON_LD = 'script[type="application/ld+json"]';
const STANDING = `meta,${JSON_LD}`;

/** So many of each kind are read. */
const MAX_STANDING = 20;

/** So much of an element must be in view. */
const SEEN = 0.5;

/** Where more places than these change in one frame, the whole page is looked through. */
const MAX_PLACES = 100;

/** Entries of `dataLayer` that are looked at: pages that stay open for days have many thousands. */
const MAX_ENTRIES = 1000;

/** A page that is hidden has no frames. */
const HIDDEN_MS = 1000;

/**
 * Reads the page now, and what changes of it at the next frame. What stands in the page goes with it; what the visitor saw or clicked, and
 * what was said to `dataLayer` or `setTags`, stays.
 */
export function connectTags({ document, settings = {}, initial, changed }: TagOptions): Tags {
  const { data_layer } = settings;
  const hasElements = settings.elements !== false;
  const selector = hasElements ? `${STANDING},[${TAG}]` : STANDING;
  let met = tagsFrom(initial);
  let standing: readonly string[] = [];
  let tags = met;
  let isLive = false;
  let isDue = false;
  const places = new Set<Document | Element>([document]);

  const settle = () => {
    const before = tags;
    tags = mergeTags(met, standing);
    // A tag has no comma. And the page may be about something of its own, into which no error of ours is to come.
    if (isLive && before.join() !== tags.join()) queueMicrotask(() => changed(tags));
  };

  const meet = (told: readonly string[]) => {
    met = mergeTags(met, told);
    settle();
  };

  const read = (
    isOn: boolean | undefined,
    kind: string,
    tagsOf: (element: Element) => readonly string[],
  ): readonly string[] =>
    isOn === false ? [] : [...document.querySelectorAll(kind)].slice(0, MAX_STANDING).flatMap(tagsOf);

  const readStanding = () => {
    standing = mergeTags(
      pathTags(location.pathname, settings.paths),
      read(settings.open_graph, 'meta[property="og:type"]', metaTags),
      read(settings.json_ld, JSON_LD, schemaTags),
      read(settings.meta, 'meta[name="parley:tag"]', metaTags),
    );
    settle();
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

  const click = (event: Event) =>
    meet(event.composedPath().flatMap((target) => elementTags(target, 'click')));

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

  const scan = () => {
    isDue = false;
    joinLayer();
    let isStandingDue = false;
    const due = [...places];
    places.clear();
    for (const place of due) {
      for (const element of [place, ...place.querySelectorAll(selector)]) {
        if (element === document || (element as Element).matches(STANDING)) isStandingDue = true;
        else if ((element as Element).matches(selector)) sight.observe(element as Element);
      }
    }
    if (isStandingDue) readStanding();
  };

  const touch = (place: Node) => {
    // Text has neither tags nor anything in it.
    if (!('querySelectorAll' in place)) return;
    places.add(places.size < MAX_PLACES ? (place as Element) : document);
    if (isDue) return;
    isDue = true;
    const run = () => {
      if (isLive) scan();
    };
    if (document.hidden) setTimeout(run, HIDDEN_MS);
    else requestAnimationFrame(run);
  };

  const changes = new MutationObserver((records) => {
    for (const { attributeName, target, addedNodes, removedNodes } of records) {
      // It tells of an element once, unless it begins anew.
      if (attributeName) sight.unobserve(target as Element);
      if (attributeName || target.nodeName === 'SCRIPT') touch(target);
      else [...addedNodes, ...removedNodes].forEach(touch);
    }
  });
  changes.observe(document, {
    childList: true,
    subtree: true,
    attributeFilter: ['content', 'name', 'property', TAG, ON],
  });
  if (hasElements) document.addEventListener('click', click, true);
  const leaveNavigation = listenToNavigation(() => touch(document));
  scan();
  isLive = true;

  return {
    tags: () => tags,
    setTags: (told) => meet(tagsFrom(told)),
    disconnect() {
      isLive = false;
      changes.disconnect();
      sight.disconnect();
      document.removeEventListener('click', click, true);
      leaveNavigation();
      leaveLayer?.();
    },
  };
}
