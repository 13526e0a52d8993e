/**
 * What the widget notices of the page that it is on: one for each page, however many chats are on it. Until the visitor has allowed it, if
 * they are to be asked, nothing is kept and no tag is read.
 */
import type { PublishedSite } from '../contract/site.ts';
import type { VisitorContext } from '../contract/wire.ts';
import type { Surroundings } from '../flow/walk.ts';
import type { StorageGate } from '../outbox/backing.ts';
import { deviceOf } from './device.ts';
import { readPageContext, type Landed } from './page-context.ts';
import { attempt } from './path.ts';
import type { Tags } from './tags.ts';
import { countVisit } from './visits.ts';

export interface PageReader {
  /** As it is now. */
  readonly surroundings: () => Surroundings;
  /** What the site lets be read, once it is known: tags are read from then on. Resolves when there are some. Never rejects. */
  readonly heed: (site: PublishedSite | undefined) => Promise<void>;
  /** Adds tags that the page's own code knows of. */
  readonly setTags: (told: string | readonly string[]) => void;
  readonly disconnect: () => void;
}

export interface PageReaderOptions {
  readonly gate: StorageGate;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** How the visitor came to the site, for as long as this tab is on it. */
const LANDED = 'parley-landed';

const FIRST_VISIT: VisitorContext = { returning: false, visits: 1 };

export function connectPage({ gate, clock }: PageReaderOptions): PageReader {
  let site: PublishedSite | undefined;
  let isHeeded = false;
  let isOver = false;
  let told: readonly string[] = [];
  let tags: Tags | undefined;
  let connecting: Promise<void> | undefined;
  let landed: Landed | undefined;
  let visitor: VisitorContext | undefined;

  const isAllowed = () => gate.state() === 'allowed';
  /** Some code, which comes beside the flow. */
  const loadTags = () => import('./tags.ts');
  if (isAllowed()) loadTags().catch(() => undefined);
  const mayRead = () => isHeeded && !isOver && isAllowed();

  const connect = async () => {
    const { connectTags } = await loadTags();
    if (mayRead())
      tags ??= connectTags({ document, settings: site?.tags, initial: told, changed: () => undefined });
  };

  const change = async () => {
    // A chunk that cannot be had costs the tags, and nothing else.
    if (mayRead()) return (connecting ??= connect().catch(() => undefined));
    tags?.disconnect();
    tags = connecting = undefined;
  };
  gate.listen(() => void change());

  const memory = {
    read() {
      if (!landed && isAllowed()) landed = read();
      return landed;
    },
    write(next: Landed) {
      landed = next;
      if (isAllowed()) write(next);
    },
  };

  return {
    surroundings() {
      if (isAllowed()) visitor ??= countVisit(clock());
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions() as { timeZone?: string };
      const found = tags?.tags() ?? [];
      return {
        page: { ...readPageContext(site?.page, memory), ...(found.length > 0 && { tags: found }) },
        device: deviceOf(navigator, timeZone),
        visitor: visitor ?? FIRST_VISIT,
      };
    },
    heed(next) {
      site = next;
      isHeeded = true;
      return change();
    },
    setTags(added) {
      if (tags) tags.setTags(added);
      else told = told.concat(added);
    },
    disconnect() {
      isOver = true;
      void change();
    },
  };
}

/** It was we who wrote it, or the page's own code. */
const read = (): Landed | undefined =>
  attempt(() => JSON.parse(sessionStorage.getItem(LANDED) ?? '') as Landed, undefined);

const write = (landed: Landed): void =>
  attempt(() => sessionStorage.setItem(LANDED, JSON.stringify(landed)), undefined);
