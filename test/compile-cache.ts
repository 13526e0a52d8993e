/** Where processes that run the same sources leave for each other what was compiled of them: `NODE_COMPILE_CACHE`. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const COMPILE_CACHE = join(tmpdir(), 'parley-compile-cache');
