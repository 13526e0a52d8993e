/** What becomes of the connection under a request. Only Node has one: `app.request` gets what is closest to it. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface NodeConnection {
  readonly incoming: { readonly socket: Socket };
  readonly outgoing: ServerResponse;
}

function connectionOf(context: Context): NodeConnection | undefined {
  const bindings = (context.env ?? {}) as Partial<NodeConnection>;
  return bindings.incoming && bindings.outgoing ? (bindings as NodeConnection) : undefined;
}

/** Ends the connection without an answer. Without one the caller gets a bare 500. */
export function dropConnection(context: Context): Response {
  const connection = connectionOf(context);
  if (!connection) return new Response(null, { status: 500 });
  connection.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}

/** The same with the RST of TCP, for which clients have an error of its own. */
export function resetConnection(context: Context): Response {
  const connection = connectionOf(context);
  if (!connection) return new Response(null, { status: 500 });
  connection.incoming.socket.resetAndDestroy();
  return RESPONSE_ALREADY_SENT;
}

/** Of the bytes. */
export function firstHalf(text: string): Buffer {
  const bytes = Buffer.from(text);
  return bytes.subarray(0, Math.ceil(bytes.length / 2));
}

/**
 * Sends the head, which announces the whole, and the first half of the text, then ends the connection: without RST, which
 * could overtake what was sent. Without a connection the body fails at its middle.
 */
export async function breakOff(
  context: Context,
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
): Promise<Response> {
  const half = firstHalf(text);
  const announced = { ...headers, 'content-length': String(Buffer.byteLength(text)) };
  const connection = connectionOf(context);
  if (!connection) return new Response(failingAfter(half), { status, headers: announced });
  const { incoming, outgoing } = connection;
  outgoing.writeHead(status, announced);
  await new Promise<void>((resolve) => {
    // Called with an error too, where the caller has gone away meanwhile.
    outgoing.write(half, () => resolve());
  });
  incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}

function failingAfter(half: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(half),
      // Not in `start`: an error there would take back what was queued before it.
      pull: (controller) => controller.error(new Error('The connection was reset.')),
    },
    { highWaterMark: 0 },
  );
}
