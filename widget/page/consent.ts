/**
 * Whether the browser may keep anything of ours, and whether anything may be sent: what the page says and what the visitor says, put
 * together.
 *
 * **What is remembered.** Reading is access, too (Directive 2002/58/EC, article 5(3): "storing of information, or the gaining of access
 * to information already stored"). So in the modes `required` and `denied` nothing is read, not even an earlier grant: the page, or its
 * consent tool, says it again on each page. Two moments are left where an earlier grant counts:
 *
 * - `none-needed` with Global Privacy Control: the visitor may have told us otherwise, and here the page needs no consent to look;
 * - the consent question of a conversation: who is about to put it may look first (`remembered()`) and say `set(true, 'visitor')` instead.
 *   By then the visitor has opened the conversation themselves and come to the question, and a record of the choice that is read only
 *   to honour it is exempt (CNIL, deliberation 2020-091). A page that wants no reading at all asks each time.
 *
 * A refusal is not remembered, for nothing of ours remains: the page says `denied` from then on.
 */
import type { StorageGate } from '../outbox/backing.ts';
import { attempt } from './path.ts';

/**
 * What the page says of its visitors: they need not be asked; they have to be asked; they have refused. It is the page's first word: what
 * its consent tool says later takes its place.
 */
export type ConsentMode = 'none-needed' | 'required' | 'denied';

/** What of the browser is asked. Where one of them throws, nothing is allowed because of it. */
export interface ConsentPorts {
  /** Global Privacy Control (https://w3c.github.io/gpc/): `navigator.globalPrivacyControl === true`. */
  readonly isOptedOut: () => boolean;
  /** Whether the visitor granted it on an earlier page. Reads the browser's storage. */
  readonly remembered: () => boolean;
  /** Keeps a grant that the visitor gave to us. `false`: removes what was kept, without reading it. */
  readonly remember: (isGranted: boolean) => void;
}

export interface Consent extends StorageGate {
  /**
   * Takes a word. The visitor's last one counts, and no grant of the page overrules their refusal or their Global Privacy Control. What
   * the page takes back after they granted is a withdrawal, for it is the tool that they withdrew with. Never throws.
   *
   * A page with two tools says `true` once both have granted, and `false` as soon as one of them has withdrawn.
   * @param by `visitor`: `setConsent()` and the consent question; `page`: consent tools
   */
  readonly set: (isGranted: boolean, by: 'visitor' | 'page') => void;
  /** Nobody is told of changes any more. */
  readonly disconnect: () => void;
}

const MODES: readonly (string | null | undefined)[] = ['none-needed', 'required', 'denied'];

let isWarned = false;

/**
 * @param attribute `data-consent` of the script, `consent` of the element. Where it is missing, none is needed; a word that nobody knows
 * is taken the careful way, as `required`, and told of once
 */
export function readConsentMode(attribute: string | null | undefined): ConsentMode {
  const mode = attribute?.trim().toLowerCase() ?? 'none-needed';
  if (MODES.includes(mode)) return mode as ConsentMode;
  if (!isWarned) console.warn(`Parley: consent "${mode}" is unknown: taken as "required".`);
  isWarned = true;
  return 'required';
}

export function createConsent(mode: ConsentMode, ports: ConsentPorts): Consent {
  const hearers = new Set<() => void>();
  const isOptedOut = attempt(ports.isOptedOut, true);
  let page = mode === 'required' ? undefined : mode === 'none-needed';
  let visitor: boolean | undefined;
  if (page && isOptedOut && attempt(ports.remembered, false)) visitor = true;

  const state = () => {
    // A grant that Global Privacy Control does not let count leaves things as the mode has them.
    const said = visitor ?? (page && isOptedOut ? (mode === 'required' ? undefined : false) : page);
    return said === undefined ? 'pending' : said ? 'allowed' : 'denied';
  };

  return {
    state,
    listen: (hear) => void hearers.add(hear),
    set(isGranted, by) {
      const before = state();
      if (by === 'visitor') visitor = isGranted;
      else {
        page = isGranted;
        if (!isGranted && visitor) visitor = undefined;
      }
      const isChanged = state() !== before;
      if (isGranted ? by === 'visitor' : isChanged) attempt(() => ports.remember(isGranted), undefined);
      if (isChanged) for (const hear of [...hearers]) attempt(hear, undefined);
    },
    disconnect: () => hearers.clear(),
  };
}
