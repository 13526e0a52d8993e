/** `npm run schema`: writes the JSON Schema of flows anew. */
import { writeFileSync } from 'node:fs';
import { jsonSchemaText, SCHEMA_FILE } from './json-schema.ts';

writeFileSync(SCHEMA_FILE, await jsonSchemaText());
