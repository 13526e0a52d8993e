/**
 * Whether the browser may keep anything of ours, and whether anything may be sent: what the page says and what the visitor says, put
 * together.
 *
 * **What is remembered.** Reading is access, too (Directive 2002/58/EC, article 5(3): "storing of information, or the gaining of access
 * to information already stored"). So in the modes `required` and `denied` nothing is read, not even an earlier grant: the page, or its
 * consent tool, says it again on each page. An earlier grant counts in mode `none-needed` with Global Privacy Control alone: the visitor is
 * asked, unless they have granted it before, and here the page needs no consent to look.
 *
 * A refusal is not remembered, for nothing of ours remains: the page says `denied` from then on.
 */
import type { StorageGate } from '../outbox/backing.ts';
import { attempt } from './path.ts';

/**
 * What the page says of its visitors: they need not be asked, but for those with Global Privacy Control; they have to be asked; they
 * have refused. It is the page's first word: what its consent tool says later takes its place.
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

export interface Consent extends Pick<StorageGate, 'state'> {
  /** Hears of changes from then on, as long as the page lives, and by whose word. */
  readonly listen: (hear: (by: 'visitor' | 'page') => void) => void;
  /**
   * Takes a word. The visitor's last one counts, and no grant of the page overrules their refusal. Nor does one overrule their Global
   * Privacy Control: they are asked then. What the page takes back after they granted is a withdrawal, for it is the tool that they
   * withdrew with. Never throws.
   *
   * A page with two tools says `true` once both have granted, and `false` as soon as one of them has withdrawn.
   * @param by `visitor`: `setConsent()` and the consent question; `page`: consent tools
   */
  readonly set: (isGranted: boolean, by: 'visitor' | 'page') => void;
  /** Another visitor is here: what the last one said counts no more, and what the page said does. Nobody hears of it. */
  readonly forget: () => void;
}

export function createConsent(mode: ConsentMode, ports: ConsentPorts): Consent {
  const hearers: ((by: 'visitor' | 'page') => void)[] = [];
  const isOptedOut = attempt(ports.isOptedOut, true);
  let page = mode === 'required' ? undefined : mode === 'none-needed';
  let visitor: boolean | undefined;
  if (page && isOptedOut && attempt(ports.remembered)) visitor = true;

  const state = () => {
    // Where Global Privacy Control does not let a grant of the page count, it leaves the visitor to be asked.
    const said = visitor ?? (page && isOptedOut ? undefined : page);
    return said === undefined ? 'pending' : said ? 'allowed' : 'denied';
  };

  return {
    state,
    listen: (hear) => void hearers.push(hear),
    forget: () => void (visitor = undefined),
    set(isGranted, by) {
      const before = state();
      if (by === 'visitor') visitor = isGranted;
      else {
        page = isGranted;
        if (!isGranted) visitor &&= undefined;
      }
      const isChanged = state() !== before;
      if (isGranted ? by === 'visitor' : isChanged) attempt(() => ports.remember(isGranted));
      if (isChanged) for (const hear of hearers) attempt(() => hear(by));
    },
  };
}
