/** `npm run schema`: writes the registry of actions anew, then what is made of it: the JSON Schema of flows, the OpenAPI description and the table of actions. */
import { writeFileSync } from 'node:fs';
import { REGISTRY_FILE, registryText } from './registry.ts';

writeFileSync(REGISTRY_FILE, await registryText());
const { jsonSchemaText, SCHEMA_FILE } = await import('./json-schema.ts');
const { OPENAPI_FILE, openApiText } = await import('./openapi.ts');
const { ACTIONS_DOC, actionsDocText } = await import('./actions-doc.ts');
writeFileSync(SCHEMA_FILE, await jsonSchemaText());
writeFileSync(OPENAPI_FILE, await openApiText());
writeFileSync(ACTIONS_DOC, await actionsDocText());
