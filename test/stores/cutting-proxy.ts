/** A connection to Redis that can be cut where its answer is on the way: what was asked has been done, and nobody hears of it. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface CuttingProxy {
  readonly port: number;
  /** The answer to the next thing that is asked with these words in it does not arrive, and the connection is gone. */
  readonly cutAnswerTo: (words: string) => void;
  /** As that, and from then on no connection comes through. @returns when it has cut */
  readonly cutForGood: (words: string) => Promise<void>;
  /** Done before the next thing that is asked with these words in it comes to Redis. */
  readonly before: (words: string, run: () => Promise<unknown>) => void;
  /** Connections come through again. */
  readonly mend: () => void;
  /** New connections lead to another Redis. Those that are there stay. */
  readonly leadTo: (port: number) => void;
  /** How often it has cut. */
  readonly cuts: () => number;
  readonly close: () => Promise<void>;
}

export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  let marked: string | undefined;
  let cuts = 0;
  let port = target;
  let isAway = false;
  let onCut: (() => void) | undefined;
  let awaited: { readonly words: string; readonly run: () => Promise<unknown> } | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (isAway) {
      client.on('error', () => undefined).destroy();
      return;
    }
    const redis = connect(port, '127.0.0.1');
    let isToBeCut = false;
    const end = () => {
      client.destroy();
      redis.destroy();
    };
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    client.on('data', (asked) => {
      if (marked !== undefined && asked.includes(marked)) {
        marked = undefined;
        isToBeCut = true;
      }
      if (awaited !== undefined && asked.includes(awaited.words)) {
        const { run } = awaited;
        awaited = undefined;
        void run().then(() => redis.write(asked));
      } else redis.write(asked);
    });
    redis.on('data', (answer) => {
      if (!isToBeCut) {
        client.write(answer);
        return;
      }
      cuts += 1;
      isAway = onCut !== undefined;
      end();
      onCut?.();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cutAnswerTo: (words) => (marked = words),
    cutForGood: (words) =>
      new Promise((resolve) => {
        marked = words;
        onCut = resolve;
      }),
    before: (words, run) => (awaited = { words, run }),
    mend() {
      isAway = false;
      onCut = undefined;
    },
    leadTo: (other) => (port = other),
    cuts: () => cuts,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
