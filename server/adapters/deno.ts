/**
 * Puts the relay on Deno, by Node's HTTP server and undici, which run there as on Node. `Deno.serve` has no bound of connections, no time in
 * which headers have to be whole, and answers by itself what it cannot read; and of an error of Deno's own `fetch` nobody can tell whether the
 * request had left (docs/decisions/0043).
 */
export { serveRelay, type RelayOptions, type RunningRelay } from './node.ts';
