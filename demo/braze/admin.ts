/**
 * The emulator's own calls, under `/emulator/`: for the inspector page, and for tests in another process.
 */
import { Hono, type MiddlewareHandler } from 'hono';
import { streamSSE } from 'hono/streaming';
import { parseFault, type Fault } from './faults.ts';
import type { JournalEntry } from './journal.ts';
import type { Profile } from './profiles.ts';

/** All that the emulator holds. */
export interface Snapshot {
  readonly profiles: readonly Profile[];
  readonly journal: readonly JournalEntry[];
  /** With the `times` that it has left; `null` if there is none. */
  readonly fault: Fault | null;
  /** How many answers are held back. */
  readonly held: number;
}

/** What one request, or one admin call, has changed. */
export interface Change {
  /** Those that are new or different. */
  readonly profiles: readonly Profile[];
  /** `braze_id`s of those that are gone. */
  readonly removed: readonly string[];
  readonly entry?: JournalEntry;
  readonly fault: Fault | null;
  readonly held: number;
  /** Everything was forgotten. */
  readonly isReset?: boolean;
}

export interface AdminPorts {
  readonly snapshot: () => Snapshot;
  readonly setFault: (fault: Fault | undefined) => void;
  readonly reset: () => void;
  /** Calls the listener with every change, until the returned function is called. */
  readonly subscribe: (listener: (change: Change) => void) => () => void;
}

/** A silent connection is closed by some proxies after 30 s. */
const KEEP_ALIVE_MS = 15_000;

/** What a new listener of the stream gets of the journal; the whole of it is at `GET /emulator/journal`. */
const STREAMED_ENTRIES = 200;

/**
 * - `GET profiles`, `GET journal`, `GET fault`: JSON
 * - `PUT fault`: a fault or `null`; 400 with a `message` if it is neither
 * - `POST reset`: 204
 * - `GET stream`: server-sent events, one `snapshot` and then a `change` for every request and admin call
 */
export function createAdmin(ports: AdminPorts): Hono {
  const admin = new Hono();
  admin.get('/profiles', (context) => context.json(ports.snapshot().profiles));
  admin.get('/journal', (context) => context.json(ports.snapshot().journal));
  admin.get('/fault', (context) => context.json(ports.snapshot().fault));
  admin.put('/fault', async (context) => {
    const parsed = parseFault(await context.req.json<unknown>().catch(() => undefined));
    if ('problem' in parsed) return context.json({ message: parsed.problem }, 400);
    ports.setFault(parsed.value);
    return context.json(ports.snapshot().fault);
  });
  admin.post('/reset', (context) => {
    ports.reset();
    return context.body(null, 204);
  });
  admin.get('/stream', (context) =>
    streamSSE(context, async (stream) => {
      const send = (event: string, data: unknown): void => {
        void stream.writeSSE({ event, data: JSON.stringify(data) });
      };
      const { journal, ...rest } = ports.snapshot();
      send('snapshot', { ...rest, journal: journal.slice(-STREAMED_ENTRIES) });
      const unsubscribe = ports.subscribe((change) => send('change', change));
      const keepAlive = setInterval(() => void stream.write(': keep-alive\n\n'), KEEP_ALIVE_MS).unref();
      await new Promise<void>((resolve) => stream.onAbort(resolve));
      clearInterval(keepAlive);
      unsubscribe();
    }),
  );
  return admin;
}

/**
 * Keeps other web pages out: what is behind it is what demo visitors typed. A page of another origin cannot read
 * answers without CORS headers, of which there are none; this also stops it from sending, and stops a page whose
 * name was made to point to this machine (DNS rebinding), which would count as the same origin.
 */
export const ownOriginOnly: MiddlewareHandler = async function ownOriginOnly(context, next) {
  const { host, hostname } = new URL(context.req.url);
  const origin = context.req.header('origin');
  if (!isLocalName(hostname) || (origin !== undefined && hostOf(origin) !== host)) {
    return context.json(
      { message: 'The inspector answers only its own page, on localhost or an IP address.' },
      403,
    );
  }
  await next();
  context.header('Cross-Origin-Resource-Policy', 'same-origin');
  context.header('X-Content-Type-Options', 'nosniff');
  context.header('Cache-Control', 'no-store');
  return undefined;
};

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** Names without a dot (`localhost`, a container's name) and IP addresses: nobody on the web can own one. */
function isLocalName(hostname: string): boolean {
  return !hostname.includes('.') || hostname.endsWith('.localhost') || /^[\d.]+$/.test(hostname);
}
