/** `npm run size`: bytes of each shipped asset, and of two parts bundled alone. */
import { report } from './report.ts';
import { measureSizes } from './sizes.ts';

const sizes = await measureSizes();
console.log('Bytes of each asset, as it is and compressed (gzip 9, brotli 11):\n');
report(sizes, ['lit', 'idb-keyval', 'rollup', 'esbuild', '@rollup/plugin-terser']);
