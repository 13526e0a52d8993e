/** What changes in the emulator, as server-sent events. */
import type { Context } from 'hono';
import { streamSSE, type SSEStreamingApi } from 'hono/streaming';
import type { AdminPorts } from './admin.ts';
import { joined, type Change, type Status } from './change.ts';

/** A silent connection is closed by some proxies after 30 s. */
const KEEP_ALIVE_MS = 15_000;

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

/** One `snapshot`, and then a `change` for whatever changes, until the reader goes. */
export function streamOfChanges(context: Context, ports: AdminPorts): Response {
  return streamSSE(context, async (stream) => {
    const unsubscribe = ports.subscribe(teller(stream));
    const keepAlive = setInterval(() => void stream.write(': keep-alive\n\n'), KEEP_ALIVE_MS).unref();
    // Before anything is written: a reader who goes during that is not told of later.
    const gone = new Promise<void>((resolve) => {
      stream.onAbort(() => {
        clearInterval(keepAlive);
        unsubscribe();
        resolve();
      });
    });
    await stream.writeSSE({ event: 'snapshot', data: JSON.stringify(statusOf(ports)) });
    await gone;
  });
}

/** Sends changes as fast as they are read. What comes meanwhile is joined, so that a slow reader fills no memory. */
function teller(stream: SSEStreamingApi): (change: Change) => void {
  let waiting: Change | undefined;
  let isWriting = false;
  const write = async (): Promise<void> => {
    isWriting = true;
    while (waiting) {
      const change = waiting;
      waiting = undefined;
      // Nobody waits for this: what cannot be told must not end the process. The next change says how things stand.
      await tell(stream, change).catch((error: unknown) => console.error('A change cannot be told.', error));
    }
    isWriting = false;
  };
  return (change) => {
    waiting = waiting ? joined(waiting, change) : change;
    if (!isWriting) void write();
  };
}

async function tell(stream: SSEStreamingApi, change: Change): Promise<void> {
  await stream.writeSSE({ event: 'change', data: JSON.stringify(change) });
}
