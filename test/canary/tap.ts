/** Stands between browsers and a relay, and keeps each byte that the relay sends: status lines, headers and bodies, of whatever is asked. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Tap {
  readonly url: string;
  /** What came on each connection since it was asked last. */
  take(): readonly Uint8Array[];
  close(): Promise<void>;
}

/** @param target of which the port is listened at on this machine */
export async function serveTap(target: string): Promise<Tap> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let heard = new Map<Socket, Uint8Array[]>();
  const server = createServer((browser) => {
    const relay = connect(Number(port), hostname);
    for (const [one, other] of [
      [browser, relay],
      [relay, browser],
    ] as const) {
      open.add(one);
      // Whoever hangs up first: what was said until then is heard.
      one.on('error', () => other.destroy()).on('close', () => open.delete(one));
    }
    relay.on('data', (bytes) => heard.set(relay, [...(heard.get(relay) ?? []), bytes]));
    browser.pipe(relay).pipe(browser);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    take() {
      const all = [...heard.values()].map((parts) => Buffer.concat(parts));
      heard = new Map();
      return all;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
