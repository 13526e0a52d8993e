/** `npm run manifest`: writes `custom-elements.json` and the tables of the README anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { elementOf, MANIFEST_FILE, manifestText, readManifest, withTables } from './manifest.ts';

const manifest = await readManifest();
writeFileSync(MANIFEST_FILE, await manifestText(manifest));
writeFileSync('README.md', await withTables(readFileSync('README.md', 'utf8'), elementOf(manifest)));
