/** `npm run schema`: writes the JSON Schema of flows and the OpenAPI description of the relay anew. */
import { writeFileSync } from 'node:fs';
import { jsonSchemaText, SCHEMA_FILE } from './json-schema.ts';
import { OPENAPI_FILE, openApiText } from './openapi.ts';

writeFileSync(SCHEMA_FILE, await jsonSchemaText());
writeFileSync(OPENAPI_FILE, await openApiText());
