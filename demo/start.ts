/** `npm start`: the demo, until Ctrl-C. Flows are taken up as they are saved. */
import { UsageError } from '../server/commands/usage.ts';
import { FlowError } from '../server/flows/load.ts';
import { PortTakenError, startDemo, type Demo } from './demo.ts';

function portIn(variable: string, fallback: number): number {
  const value = process.env[variable] ?? String(fallback);
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RangeError(`${variable} is "${value}"; it should be a port, a number from 0 to 65535.`);
}

/** From the relay's port: the operator's, as with `parley serve`, and those of two brands. */
const STEPS = { operator: 3, tsubame: 4, carambola: 5 };

/** What the person at the terminal can mend. */
const MENDABLE = [PortTakenError, RangeError, UsageError, FlowError];

function describe({ pagesUrl, tsubameUrl, carambolaUrl, brazeUrl, relayUrl, ...demo }: Demo): string {
  const { operatorUrl = '', flows } = demo;
  return `
  Parley is running. Ctrl-C ends it.

    Demos                ${pagesUrl}/demos.html   (three brands, each with one use of Parley)
    Landing page         ${pagesUrl}/   (Tarn & Tor: who leaves is asked to come back)
    Coffee roaster       ${tsubameUrl}/   (Tsubame-misaki, in Japanese: a conversation for a cohort)
    Insurer              ${carambolaUrl}/   (Carambola, in Portuguese: the page and the profile together)
    Showcase             ${pagesUrl}/showcase.html   (every node, input, state, theme, language and place)
    Braze emulator       ${brazeUrl}/   (profiles and events as they arrive; not Braze)
    Relay's health       ${relayUrl}/healthz
    Relay's metrics      ${operatorUrl}/metrics   (and ${operatorUrl}/readyz)
    Where people leave   ${operatorUrl}/flows
    Flows                ${flows}   (save one, and the page has it)
`;
}

try {
  const folder = process.env['FLOWS'];
  const relay = portIn('PORT', 8787);
  const beside = (part: keyof typeof STEPS) => (relay === 0 ? 0 : relay + STEPS[part]);
  const demo = await startDemo(
    {
      relay,
      operator: portIn('OPERATOR_PORT', beside('operator')),
      tsubame: portIn('TSUBAME_PORT', beside('tsubame')),
      carambola: portIn('CARAMBOLA_PORT', beside('carambola')),
      pages: portIn('PAGES_PORT', 8788),
      braze: portIn('BRAZE_PORT', 8789),
    },
    undefined,
    { report: (line) => console.log(line), ...(folder !== undefined && { folder }) },
  );
  console.log(describe(demo));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void demo.close());
} catch (error) {
  if (!MENDABLE.some((Mendable) => error instanceof Mendable)) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}
