/**
 * Google Consent Mode: what the page tells Google's tags of the visitor's consent, read from `dataLayer`. Loaded only where the site
 * names its types.
 *
 * The commands are `gtag('consent', 'default' | 'update', {…})`
 * (https://developers.google.com/tag-platform/security/guides/consent), which arrive as `arguments` objects; an array with the same
 * content is none, for Google passes it over, too (https://github.com/nuxt/scripts/issues/770). What a template inside Google Tag Manager
 * sets by its own interface never comes by `dataLayer`
 * (https://github.com/googleanalytics/gtm-consent-mode-examples/issues/4): such a page calls `setConsent()`.
 */
import { giveBack } from './navigation.ts';

/** What is known of one type. */
interface Known {
  /** By the last `update`: the visitor has chosen. It counts whatever the defaults say. */
  update?: boolean;
  /** By the last `default` for everybody. */
  everybody?: boolean;
  /** A default for some region denies it, and the visitor may be from there. */
  isDeniedSomewhere?: boolean;
}

type Push = (this: unknown, ...entries: unknown[]) => unknown;

/**
 * Reads what is in `dataLayer` and what is pushed from then on.
 *
 * An `update` is the visitor's choice: where it denies one of the types, they have refused, whether anything was granted before or not.
 * A default may grant, but no default refuses: until the visitor has chosen, `denied` says nothing. Defaults for a region count for nobody,
 * since where the visitor is stays with Google; but where one of them denies what the default for everybody grants, nothing is known
 * until an `update`. That nothing is known is told only where it takes back a grant, and then as a refusal is.
 *
 * `push` becomes an accessor of the array. Google Tag Manager and others replace it with functions of their own, before and after us;
 * whether these call what was there before or not, the setter puts our reading in front of each. What comes by two of them is read once.
 * Not read is what comes by a `push` that somebody has held since before, and what a page pushes to another array that it puts in place.
 * @param types such as `analytics_storage`; all of them have to be granted, and none is none
 * @param heard is told of changes alone, for a refusal that is repeated is no withdrawal: of what is in `dataLayer` at once, then at the end
 *   of the script that pushed
 * @param dataLayer the page's, made where it has none, as Google's own snippet does. Under another name the page passes its own
 * @returns disconnects: `push` is what the page put there last
 */
export function connectGoogleConsent(
  types: readonly string[],
  heard: (isGranted: boolean) => void,
  dataLayer: unknown = pageDataLayer(),
): () => void {
  const known = new Map<string, Known>();
  const seen = new WeakSet();
  let last: boolean | undefined;
  let isAwaited = false;
  let isOver = false;
  if (!Array.isArray(dataLayer)) return () => undefined;

  const read = (entry: unknown) => {
    if (isOver || Object.prototype.toString.call(entry) !== '[object Arguments]') return;
    if (seen.has(entry as object)) return;
    seen.add(entry as object);
    try {
      const [command, kind, settings] = entry as Iterable<unknown>;
      if (command === 'consent') learn(kind, settings as Readonly<Record<string, unknown>>);
    } catch {
      // Not as Google documents it: it is the page's.
    }
  };

  const learn = (kind: unknown, settings: Readonly<Record<string, unknown>>) => {
    for (const type of types) {
      const value = settings[type];
      if (value !== 'granted' && value !== 'denied') continue;
      const isGranted = value === 'granted';
      const about = known.get(type) ?? {};
      if (kind === 'update') about.update = isGranted;
      else if (kind === 'default' && !isRegional(settings)) about.everybody = isGranted;
      else if (kind === 'default' && !isGranted) about.isDeniedSomewhere = true;
      known.set(type, about);
    }
  };

  const tell = () => {
    isAwaited = false;
    const isGranted = readConsent(types.map((type) => known.get(type)));
    if (isOver || isGranted === last) return;
    const isTold = isGranted !== undefined || last === true;
    last = isGranted;
    if (isTold) heard(isGranted === true);
  };

  const watch = (push: Push): Push =>
    function (...entries) {
      // First, since what they push may make a tag push the next.
      entries.forEach(read);
      // Defaults come one after the other: between them, nothing is known.
      if (!isAwaited) queueMicrotask(tell);
      isAwaited = true;
      return push.apply(this, entries);
    };

  for (const entry of dataLayer as unknown[]) read(entry);
  tell();
  const giveBack = takePush(dataLayer, watch);
  return () => {
    isOver = true;
    giveBack();
  };
}

/** @returns `undefined`: not known */
function readConsent(types: readonly (Known | undefined)[]): boolean | undefined {
  if (types.some((about) => about?.update === false)) return false;
  return types.length > 0 && types.every(isTypeGranted) ? true : undefined;
}

function isTypeGranted(about: Known | undefined): boolean {
  return about?.update ?? (about?.everybody === true && !about.isDeniedSomewhere);
}

/** A region is an ISO 3166-2 code, or a list of them. */
function isRegional({ region }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(region) ? region.length > 0 : Boolean(region);
}

/** Every function that anybody puts there from now on is watched. */
function takePush(dataLayer: unknown[], watch: (push: Push) => Push): () => void {
  const before = Object.getOwnPropertyDescriptor(dataLayer, 'push');
  let isReplaced = false;
  let given: unknown = dataLayer.push;
  const wrapped: (readonly [wrapper: Push, before: Push])[] = [];
  const watched = () => {
    if (typeof given !== 'function') return given;
    const wrapper = watch(given as Push);
    wrapped.push([wrapper, given as Push]);
    return wrapper;
  };
  let current = watched();
  const get = () => current;
  const set = (push: unknown) => {
    isReplaced = true;
    given = push;
    current = watched();
  };
  const define = (descriptor: PropertyDescriptor) => {
    try {
      Object.defineProperty(dataLayer, 'push', { configurable: true, ...descriptor });
    } catch {
      // Frozen: nobody pushes either.
    }
  };
  define({ get, set, enumerable: before?.enumerable ?? false });
  return () => {
    // Somebody has defined it anew: what they hold of us reads nothing any more.
    if (Object.getOwnPropertyDescriptor(dataLayer, 'push')?.get !== get) return;
    if (isReplaced) define({ value: given, writable: true, enumerable: true });
    else if (before) define(before);
    else Reflect.deleteProperty(dataLayer, 'push');
    // What else we have put there may be over, or hold what is over now.
    for (const [wrapper, was] of wrapped) giveBack(dataLayer, 'push', wrapper, was);
  };
}

function pageDataLayer(): unknown {
  const page = window as { dataLayer?: unknown };
  return (page.dataLayer ??= []);
}
