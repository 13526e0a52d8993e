/**
 * What the widget notices of the page that it is on: one for each page, however many chats are on it. Until the visitor has allowed it, if
 * they are to be asked, nothing is kept and no tag is read.
 */
import type { PublishedSite } from '../contract/site.ts';
import type { DeviceContext } from '../contract/wire.ts';
import type { Surroundings } from '../flow/walk.ts';
import type { StorageGate } from '../outbox/backing.ts';
import { rememberLanding } from '../wake.ts';
import { deviceOf } from './device.ts';
import { landedOf, pageOf } from './page-context.ts';
import type { Tags } from './tags.ts';
import { countVisit } from './visits.ts';

export interface PageReader {
  /** As it is now. */
  readonly surroundings: () => Surroundings;
  /** What the site lets be read, once it is known. */
  readonly heed: (site: PublishedSite | undefined) => void;
  /** Reads tags from then on, as far as the site has been heard to let it, and the visitor. Resolves when there are some. Never rejects. */
  readonly tags: () => Promise<void>;
  /** Adds tags that the page's own code knows of. */
  readonly setTags: (told: string | readonly string[]) => void;
  readonly disconnect: () => void;
}

export interface PageReaderOptions {
  readonly gate: StorageGate;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

export function connectPage({ gate, clock }: PageReaderOptions): PageReader {
  let site: PublishedSite | undefined;
  let told: readonly string[] = [];
  let tags: Tags | undefined;
  let isReading = false;
  /** None, as long as they may not be counted: then it is the first. */
  let visits = 0;
  let device: DeviceContext | undefined;
  /** A whole formatter is made to know it: some 20 ms, and on a phone 80. */
  let zone: string | undefined;

  const isAllowed = () => gate.state() === 'allowed';

  const leave = () => {
    tags?.disconnect();
    tags = undefined;
  };

  /** Some code, which few flows need before their first question. Where it cannot be had it costs the tags, and nothing else. */
  const connect = () =>
    import('./tags.ts')
      .then(({ connectTags }) => {
        if (isReading && isAllowed()) tags ??= connectTags(site?.tags, told);
      })
      .catch(() => undefined);

  const change = (): unknown => (isAllowed() ? isReading && connect() : leave());
  const stopListening = gate.listen(change);

  return {
    surroundings() {
      if (isAllowed()) visits ||= countVisit(clock());
      const found = tags?.tags();
      return {
        page: {
          ...pageOf(new URL(location.href), document.title, site?.page),
          ...landedOf(rememberLanding()),
          ...(found?.[0] && { tags: found }),
        },
        device: (device ??= deviceOf(
          navigator,
          () => (zone ??= Intl.DateTimeFormat().resolvedOptions().timeZone),
        )),
        visitor: { returning: visits > 1, visits: visits || 1 },
      };
    },
    heed(next) {
      site = next;
    },
    async tags() {
      isReading = true;
      await change();
    },
    setTags(added) {
      told = told.concat(added);
      tags?.setTags(added);
    },
    disconnect() {
      stopListening();
      isReading = false;
      leave();
    },
  };
}
