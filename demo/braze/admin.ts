/**
 * The emulator's own calls, under `/emulator/`: for the inspector page, and for tests in another process.
 */
import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { streamSSE, type SSEStreamingApi } from 'hono/streaming';
import { joined, type Change, type Status, type WorkspaceSummary } from './change.ts';
import { parseChaos, type Chaos } from './chaos.ts';
import { parseFault, type Fault } from './faults.ts';
import type { JournalEntry } from './journal.ts';
import type { Judged } from './json.ts';
import type { Profile } from './profiles.ts';
import { parseSettings, type WorkspaceSettings } from './settings.ts';
import { pageOfEntries, pageOfProfiles, type PageQuery } from './summaries.ts';

/** Of the ports, those that take the name of a workspace throw a RangeError where there is none of that name. */
export interface AdminPorts {
  /** The first is meant where no other one is named. */
  readonly workspaces: () => readonly Omit<WorkspaceSummary, 'requests'>[];
  /** Oldest first. */
  readonly profiles: (workspace?: string) => readonly Profile[];
  /** Oldest first, of all workspaces. */
  readonly journal: () => readonly JournalEntry[];
  readonly fault: () => Fault | undefined;
  readonly setFault: (fault: Fault | undefined) => void;
  readonly chaos: () => Chaos | undefined;
  readonly setChaos: (chaos: Chaos | undefined) => void;
  /** How many answers are held back. */
  readonly held: () => number;
  readonly settings: (workspace?: string) => WorkspaceSettings;
  readonly setSettings: (change: Partial<WorkspaceSettings>, workspace?: string) => void;
  readonly reset: () => void;
  /** Calls the listener with every change, until the returned function is called. */
  readonly subscribe: (listener: (change: Change) => void) => () => void;
}

/** A silent connection is closed by some proxies after 30 s. */
const KEEP_ALIVE_MS = 15_000;

/** More than a reader takes in, and few enough to be sent with every change. */
const MAX_ROWS = 500;
const USUAL_ROWS = 50;

/** What every message of the stream tells. */
export function statusOf(ports: Omit<AdminPorts, 'subscribe'>): Status {
  const journal = ports.journal();
  return {
    workspaces: ports.workspaces().map((workspace) => ({
      ...workspace,
      requests: journal.filter((entry) => entry.workspace === workspace.name).length,
    })),
    fault: ports.fault() ?? null,
    chaos: ports.chaos() ?? null,
    held: ports.held(),
  };
}

/**
 * - `GET profiles?workspace=&search=&limit=&offset=`: `{ total, rows }`, summaries, most recently updated first
 * - `GET profiles/:braze_id?workspace=`: the whole profile
 * - `GET journal?workspace=&search=&limit=&offset=`: `{ total, rows }`, summaries, newest first; of all workspaces
 *   unless one is named
 * - `GET journal/:id`: the whole request, with the answer that it got
 * - `GET fault`, `PUT fault`: a fault or `null`
 * - `GET chaos`, `PUT chaos`: chaos or `null`
 * - `GET settings?workspace=`, `PUT settings?workspace=`: the settings; those only that are to change
 * - `POST reset`: 204
 * - `GET stream`: server-sent events, one `snapshot` and then a `change` for what every request and admin call changed
 *
 * What is not there is 404, what is not understood 400; both have a `message` that says what would be right.
 */
export function createAdmin(ports: AdminPorts): Hono {
  const admin = new Hono();
  admin.onError((error, context) => {
    if (error instanceof RangeError) return context.json({ message: error.message }, 404);
    throw error;
  });
  admin.get('/profiles', (context) => {
    const query = parsePage(context);
    if ('problem' in query) return context.json({ message: query.problem }, 400);
    return context.json(pageOfProfiles(ports.profiles(context.req.query('workspace')), query.value));
  });
  admin.get('/profiles/:id', (context) => {
    const id = context.req.param('id');
    const found = ports.profiles(context.req.query('workspace')).find((profile) => profile.braze_id === id);
    return found ? context.json(found) : context.json({ message: `There is no profile "${id}".` }, 404);
  });
  admin.get('/journal', (context) => {
    const query = parsePage(context);
    if ('problem' in query) return context.json({ message: query.problem }, 400);
    const workspace = context.req.query('workspace');
    const isMeant = (entry: JournalEntry): boolean =>
      workspace === undefined || entry.workspace === workspace;
    return context.json(pageOfEntries(ports.journal().filter(isMeant), query.value));
  });
  admin.get('/journal/:id', (context) => {
    const id = context.req.param('id');
    const found = ports.journal().find((entry) => String(entry.id) === id);
    return found
      ? context.json(found)
      : context.json({ message: `There is no request ${id}, or it was too long ago.` }, 404);
  });
  admin.get('/fault', (context) => context.json(ports.fault() ?? null));
  admin.put('/fault', (context) => taken(context, parseFault, ports.setFault, ports.fault));
  admin.get('/chaos', (context) => context.json(ports.chaos() ?? null));
  admin.put('/chaos', (context) => taken(context, parseChaos, ports.setChaos, ports.chaos));
  admin.get('/settings', (context) => context.json(ports.settings(context.req.query('workspace'))));
  admin.put('/settings', (context) => {
    const workspace = context.req.query('workspace');
    const set = (change: Partial<WorkspaceSettings>): void => ports.setSettings(change, workspace);
    return taken(context, parseSettings, set, () => ports.settings(workspace));
  });
  admin.post('/reset', (context) => {
    ports.reset();
    return context.body(null, 204);
  });
  admin.get('/stream', (context) =>
    streamSSE(context, async (stream) => {
      const unsubscribe = ports.subscribe(teller(stream));
      await stream.writeSSE({ event: 'snapshot', data: JSON.stringify(statusOf(ports)) });
      const keepAlive = setInterval(() => void stream.write(': keep-alive\n\n'), KEEP_ALIVE_MS).unref();
      await new Promise<void>((resolve) => stream.onAbort(resolve));
      clearInterval(keepAlive);
      unsubscribe();
    }),
  );
  return admin;
}

/** Sends changes as fast as they are read. What comes meanwhile is joined, so that a slow reader fills no memory. */
function teller(stream: SSEStreamingApi): (change: Change) => void {
  let waiting: Change | undefined;
  let isWriting = false;
  const write = async (): Promise<void> => {
    isWriting = true;
    while (waiting) {
      const data = JSON.stringify(waiting);
      waiting = undefined;
      await stream.writeSSE({ event: 'change', data });
    }
    isWriting = false;
  };
  return (change) => {
    waiting = waiting ? joined(waiting, change) : change;
    if (!isWriting) void write();
  };
}

/** Sets what the body says and answers what is set then, or answers 400 and what would be right. */
async function taken<T>(
  context: Context,
  parse: (json: unknown) => Judged<T>,
  set: (value: T) => void,
  current: () => unknown,
): Promise<Response> {
  // What is not JSON is no value of any kind, and every parser says so.
  const parsed = parse(await context.req.json<unknown>().catch(() => undefined));
  if ('problem' in parsed) return context.json({ message: parsed.problem }, 400);
  set(parsed.value);
  return Response.json(current() ?? null);
}

function parsePage(context: Context): Judged<PageQuery> {
  const { search = '', limit = String(USUAL_ROWS), offset = '0' } = context.req.query();
  if (!isWhole(limit) || Number(limit) < 1 || Number(limit) > MAX_ROWS) {
    return { problem: `"limit" is a whole number from 1 to ${String(MAX_ROWS)}.` };
  }
  if (!isWhole(offset)) return { problem: '"offset" is a whole number from 0.' };
  return { value: { search, limit: Number(limit), offset: Number(offset) } };
}

function isWhole(text: string): boolean {
  return /^\d{1,9}$/.test(text);
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
