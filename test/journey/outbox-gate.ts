/** A way to the relay on which what is sent can be held up, as on a slow network. */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface Gate {
  readonly url: string;
  /** From now on nothing gets through. Resolves with the first that would have come to the relay. */
  hold(): Promise<string>;
  /** What was held goes on, but for that of connections that are gone. */
  open(): void;
  close(): Promise<void>;
}

export function serveGate(relay: string): Promise<Gate> {
  const port = Number(new URL(relay).port);
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let hear: ((text: string) => void) | undefined;
  let isOpen = true;
  const server = createServer((visitor) => {
    const onward = connect(port, 'localhost');
    for (const [socket, other] of [
      [visitor, onward],
      [onward, visitor],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    onward.on('data', (bytes) => visitor.write(bytes));
    visitor.on('data', (bytes) => {
      const pass = () => void onward.write(bytes);
      if (isOpen) {
        pass();
        return;
      }
      held.push(pass);
      hear?.(bytes.toString());
    });
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, 'localhost', () => {
      resolve({
        url: `http://localhost:${(server.address() as AddressInfo).port}`,
        hold: () => {
          isOpen = false;
          return new Promise((heard) => (hear = heard));
        },
        open() {
          isOpen = true;
          for (const pass of held.splice(0)) pass();
        },
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of sockets) socket.destroy();
          }),
      });
    });
  });
}
