/** What the relay needs of Node: its HTTP server, and undici for Braze. */
import { createBrazeFetch } from './braze-fetch.ts';
import { listen } from './listen.ts';
import type { Runtime } from './process.ts';

export const nodeRuntime: Runtime = {
  listen: ({ fetch, ...doorway }) =>
    listen({
      ...doorway,
      fetch: (request, { incoming }) => fetch(request, { peer: incoming.socket.remoteAddress }),
    }),
  createBrazeFetch,
};
