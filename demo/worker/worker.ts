/** A Worker as an operator writes it: which settings, and which flows. Secrets are in neither of them (docs/cloudflare.md). */
import { createObjects } from '../../server/adapters/workers/objects.ts';
import { createWorker } from '../../server/adapters/workers.ts';
import welcome from '../flows/welcome.json' with { type: 'json' };
import settings from './settings.json' with { type: 'json' };

const options = { settings, flows: [welcome] };

const objects = createObjects(options);

// Classes, and so types as well: `wrangler types` names them as such.
export class ParleyShard extends objects.ParleyShard {}
export class ParleyShared extends objects.ParleyShared {}

export default createWorker(options);
