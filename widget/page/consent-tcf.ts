/**
 * IAB Europe's Transparency and Consent Framework: what the page's consent management platform (CMP) knows of the visitor. Loaded only
 * where the site names its purposes.
 *
 * Version 2.2, by events alone, since `getTCData` is deprecated ("CMP API v2":
 * https://github.com/InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework/blob/master/TCFv2/IAB%20Tech%20Lab%20-%20CMP%20API%20v2.md).
 */
import type { ConsentSettings } from '../contract/site.ts';

type Api = (command: string, version: number, callback: Callback, parameter?: unknown) => void;
type Callback = (data: unknown, isDone: unknown) => void;

/** What is read of `TCData`. The CMP may leave out any of it. */
interface TcData {
  readonly gdprApplies?: unknown;
  readonly eventStatus?: unknown;
  readonly listenerId?: unknown;
  readonly purpose: { readonly consents: Readonly<Record<number, unknown>> };
  readonly vendor: { readonly consents: Readonly<Record<number, unknown>> };
}

/** With any other the visitor has not chosen yet, or is about to choose again: `cmpuishown`, and while the CMP loads. */
const CHOSEN: readonly unknown[] = ['tcloaded', 'useractioncomplete'];

/**
 * Hears what the visitor has chosen, and what they choose from then on. Where the GDPR does not apply, it is granted; as long as the
 * CMP does not know that, throws, fails or answers nonsense, nothing is told.
 *
 * The page has to define `__tcfapi` before scripts that need it, be it as a stub that queues. Where it is not there yet, as with a CMP that a
 * tag manager loads, nothing asks for it over and over: CMP and stub announce themselves by a frame named `__tcfapiLocator`, which they
 * append to the body. So the body's own children are watched (no subtree: a busy page costs nothing) until there is one, and it is
 * looked for once more when the page has loaded. A CMP that comes without a trace in the body after that is not found; nor is one
 * of the page that this page is a frame of.
 * @param heard is told of changes alone: a CMP repeats itself, and a refusal that is repeated is no withdrawal
 * @returns disconnects: the listener is removed, as soon as the CMP says which it was
 */
export function connectTcf(
  { purposes, vendor }: NonNullable<ConsentSettings['tcf']>,
  heard: (isGranted: boolean) => void,
): () => void {
  const waiting = new AbortController();
  let last: boolean | undefined;
  let listenerId: unknown;
  let isOver = false;

  const find = () => {
    if (typeof Reflect.get(window, '__tcfapi') !== 'function') return;
    waiting.abort();
    call('addEventListener', hear);
  };

  const hear: Callback = (data, isDone) => {
    const isNamed = listenerId !== undefined;
    listenerId ??= attempt(() => (data as TcData).listenerId);
    // It was queued still when we left.
    if (isOver && !isNamed) remove();
    if (isOver || isDone !== true) return;
    const isGranted = attempt(() => readConsent(data as TcData, purposes, vendor));
    if (isGranted === undefined || isGranted === last) return;
    last = isGranted;
    heard(isGranted);
  };

  const remove = () => {
    if (listenerId !== undefined) call('removeEventListener', () => undefined, listenerId);
  };

  const observer = new MutationObserver(find);
  waiting.signal.addEventListener('abort', () => observer.disconnect());
  observer.observe(document.body, { childList: true });
  addEventListener('load', find, { signal: waiting.signal });
  find();

  return () => {
    isOver = true;
    waiting.abort();
    remove();
  };
}

/** @returns `undefined`: not known */
function readConsent(
  data: TcData,
  purposes: readonly number[],
  vendor: number | undefined,
): boolean | undefined {
  if (data.gdprApplies === false) return true;
  if (data.gdprApplies !== true || !CHOSEN.includes(data.eventStatus)) return undefined;
  const consents = purposes.map((purpose) => data.purpose.consents[purpose]);
  if (vendor !== undefined) consents.push(data.vendor.consents[vendor]);
  // What is missing among them is refused, says the specification; nothing asked for is nothing granted.
  if (!consents.length || consents.some((consent) => typeof (consent ?? false) !== 'boolean'))
    return undefined;
  return consents.every(Boolean);
}

function call(command: string, callback: Callback, parameter?: unknown): void {
  // By whatever is there at the moment: the CMP takes the stub's place.
  attempt(() => (Reflect.get(window, '__tcfapi') as Api)(command, 2, callback, parameter));
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
