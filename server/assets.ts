/** How the files of the built widget are served. */
import { VERSION } from './version.ts';

/** What has a hash of its content or a version in its path never changes: a year, RFC 8246. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** The loader of a version: `/1.2.3/parley.js`. Chunks carry a hash in their name (`rollup.config.mjs`). */
const VERSIONED = /^\/\d+\.\d+\.[^/]+\/parley\.js$/;

/** `Cache-Control` of the file at that path. The loader is asked for anew each time: it knows which chunks there are. */
export const cachingOf = (path: string): string =>
  path.startsWith('/assets/') || VERSIONED.test(path) ? IMMUTABLE : 'no-cache';

/** What there is instead, for a developer who asks for another version. */
export const otherThan = (path: string): string | undefined =>
  VERSIONED.test(path)
    ? `This relay has not that version. It has ${VERSION}: /${VERSION}/parley.js, or /parley.js for whichever it has.`
    : undefined;
