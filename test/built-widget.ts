/** The built widget as relays serve it: compressed once for all those of a test file. */
import { readAssets } from '../server/adapters/node-assets.ts';
import type { Ports } from '../server/ports.ts';

let reading: Promise<Ports['assets']> | undefined;

export const builtWidget = () => (reading ??= readAssets(['dist']));
