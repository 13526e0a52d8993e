/** `npm start`: the demo, until Ctrl-C. */
import { PortTakenError, startDemo, type Demo } from './demo.ts';

function portIn(variable: string, fallback: number): number {
  const value = process.env[variable] ?? String(fallback);
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RangeError(`${variable} is "${value}"; it should be a port, a number from 0 to 65535.`);
}

function describe({ pagesUrl, brazeUrl, relayUrl }: Demo): string {
  return `
  Parley is running. Ctrl-C ends it.

    Landing page         ${pagesUrl}/
    Braze emulator       ${brazeUrl}/   (profiles and events as they arrive; not Braze)
    Relay's health       ${relayUrl}/healthz
`;
}

try {
  const demo = await startDemo({
    relay: portIn('PORT', 8787),
    pages: portIn('PAGES_PORT', 8788),
    braze: portIn('BRAZE_PORT', 8789),
  });
  console.log(describe(demo));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void demo.close());
} catch (error) {
  if (!(error instanceof PortTakenError || error instanceof RangeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
