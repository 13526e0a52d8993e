/**
 * The emulator's own calls, under `/emulator/`: for the inspector page, and for tests in another process.
 */
import { Hono, type Context } from 'hono';
import { streamOfChanges } from './admin-stream.ts';
import type { Change, WorkspaceSummary } from './change.ts';
import { parseChaos, type Chaos } from './chaos.ts';
import { parseFault, type Fault } from './faults.ts';
import type { JournalEntry } from './journal.ts';
import { jsonOf, type Judged } from './json.ts';
import type { Profile } from './profiles.ts';
import { parseSettings, type WorkspaceSettings } from './settings.ts';
import { pageOfEntries, pageOfProfiles, type PageQuery } from './summaries.ts';
import { UnknownWorkspaceError } from './workspace.ts';

/** Of the ports, those that take the name of a workspace throw an {@link UnknownWorkspaceError} where there is none of that name. */
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

/** More than a reader takes in, and few enough to be sent with every change. */
const MAX_ROWS = 500;
const USUAL_ROWS = 50;

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
    if (error instanceof UnknownWorkspaceError) return context.json({ message: error.message }, 404);
    console.error(error);
    return context.json({ message: 'The emulator has failed; its console says more.' }, 500);
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
  admin.get('/stream', (context) => streamOfChanges(context, ports));
  const calls = admin.routes.map(({ method, path }) => `${method} /emulator${path}`).join(', ');
  // Not left to Braze's endpoints: whoever asked meant the emulator itself.
  admin.all('*', ({ req, json }) =>
    json({ message: `There is no ${req.method} ${req.path}; there is ${calls}.` }, 404),
  );
  return admin;
}

/** Sets what the body says and answers what is set then, or answers 400 and what would be right. */
async function taken<T>(
  context: Context,
  parse: (json: unknown) => Judged<T>,
  set: (value: T) => void,
  current: () => unknown,
): Promise<Response> {
  // What is not JSON is no value of any kind, and every parser says so.
  const parsed = parse(jsonOf(await context.req.text()));
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
