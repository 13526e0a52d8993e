/** The JSON Schema of flows, made of the relay's own schema: what editors complete and check with. */
import { toJsonSchema, type JsonSchema } from '@valibot/to-json-schema';
import { format, resolveConfig } from 'prettier';
import { definitions, FlowSchema } from '../../server/flows/schema.ts';
import { INHERITED } from '../../server/record.ts';

export const SCHEMA_FILE = 'server/flows/flow.schema.json';

/** Checks that the schema says in its metadata too, or that JSON cannot fail. */
const SAID_OTHERWISE = ['check', 'raw_check', 'finite'];

/** The text of the file: draft-07, which editors know best. */
export async function jsonSchemaText(): Promise<string> {
  const { $schema, title, description, ...schema } = toJsonSchema(FlowSchema, {
    target: 'draft-07',
    // A record is a check and then the record itself (`server/record.ts`).
    typeMode: 'output',
    definitions,
    overrideSchema: ({ valibotSchema, jsonSchema }) => {
      if (valibotSchema.type === 'variant') return { oneOf: flattened(jsonSchema.oneOf ?? []) };
      if (valibotSchema.type !== 'record') return undefined;
      const { propertyNames } = jsonSchema;
      return {
        ...jsonSchema,
        propertyNames: { ...(propertyNames as JsonSchema), not: { enum: [...INHERITED] } },
      };
    },
    overrideAction: ({ valibotAction, jsonSchema }) =>
      SAID_OTHERWISE.includes(valibotAction.type) ? jsonSchema : undefined,
  });
  return format(JSON.stringify({ $schema, title, description, ...schema }), {
    ...(await resolveConfig(SCHEMA_FILE)),
    parser: 'json',
  });
}

/** A variant within a variant is more of the same. */
function flattened(options: readonly (JsonSchema | boolean)[]): (JsonSchema | boolean)[] {
  return options.flatMap((option) =>
    typeof option === 'object' && option.oneOf && option.type === undefined ? option.oneOf : [option],
  );
}
