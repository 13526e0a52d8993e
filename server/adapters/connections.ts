/** How many connections a server has open, and which of them gives way when there are too many. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
  /** The relay has its answer: from now on it is the other end's to take it. */
  answered(incoming: IncomingMessage): void;
}

export interface ConnectionsOptions {
  readonly most: number;
  /** Milliseconds without a byte of its answer that the other end has taken, after which a connection is ended. */
  readonly stalled: number;
}

/**
 * Keeps a place free for whoever comes next. Of too many connections the one gives way that the relay has waited for longest: for a request
 * that is whole, or for its answer to be taken. Somebody who opens thousands, and says nothing or reads nothing, shuts out nobody but
 * themselves. One that waits for the relay never gives way; where all of them do, the newest goes.
 */
export function boundConnections(server: Server, { most, stalled }: ConnectionsOptions): Connections {
  /** Those that the relay waits for, the longest first. */
  const due = new Set<Socket>();
  const answered = new WeakSet<IncomingMessage>();
  let open = 0;
  const isDue = (socket: Socket) => {
    due.delete(socket);
    if (!socket.destroyed) due.add(socket);
  };
  server.on('connection', (socket) => {
    open += 1;
    due.add(socket);
    socket.once('close', () => {
      open -= 1;
      due.delete(socket);
    });
    if (open <= most) return;
    const [longest] = due;
    longest?.destroy();
  });
  server.prependListener('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { socket } = incoming;
    const isWhole = () => {
      // What is refused unread may still come to its end.
      if (!answered.has(incoming)) due.delete(socket);
    };
    if (hasBody(incoming)) incoming.once('end', isWhole);
    else isWhole();
    outgoing.once('close', () => isDue(socket));
  });
  return {
    answered(incoming) {
      const { socket } = incoming;
      answered.add(incoming);
      isDue(socket);
      // Node begins anew as long as bytes are taken, sets the limit of kept connections when all are, and else ends the connection.
      socket.setTimeout(stalled);
    },
  };
}

/** RFC 9112, section 6.3. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
