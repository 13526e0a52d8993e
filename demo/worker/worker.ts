/** A Worker as an operator writes it: which settings, and which flows. Secrets are in neither of them (docs/cloudflare.md). */
import { createObjects } from '../../server/adapters/workers/objects.ts';
import { createWorker } from '../../server/adapters/workers.ts';
import welcome from '../flows/welcome.json' with { type: 'json' };
import settings from './settings.json' with { type: 'json' };

const options = { settings, flows: [welcome] };

export const { ParleyShard, ParleyShared } = createObjects(options);

export default createWorker(options);
