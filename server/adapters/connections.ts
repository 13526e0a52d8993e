/** How many connections a server has open, and which of them gives way when there are too many. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps a place free for whoever comes next. Of too many connections the one gives way that has gone longest without a request that is
 * whole: somebody who opens thousands and says nothing shuts out nobody but themselves. One that waits for its answer never does; where
 * all of them wait, the newest goes.
 */
export function boundConnections(server: Server, most: number): void {
  /** Those that wait for no answer, the longest first. */
  const waiting = new Set<Socket>();
  let open = 0;
  server.on('connection', (socket) => {
    open += 1;
    waiting.add(socket);
    socket.once('close', () => {
      open -= 1;
      waiting.delete(socket);
    });
    if (open <= most) return;
    const [longest] = waiting;
    longest?.destroy();
  });
  server.prependListener('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { socket } = incoming;
    if (hasBody(incoming)) incoming.once('end', () => waiting.delete(socket));
    else waiting.delete(socket);
    outgoing.once('close', () => {
      waiting.delete(socket);
      if (!socket.destroyed) waiting.add(socket);
    });
  });
}

/** RFC 9112, section 6.3. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
