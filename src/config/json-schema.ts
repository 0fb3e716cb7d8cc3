import { z } from 'zod';
import { PRESETS } from './presets.ts';
import { configSchema } from './schema.ts';

type Json = z.core.JSONSchema.BaseSchema;

/** Where the requirements of a configuration without a preset are moved to. */
const NEEDED_WITHOUT_PRESET = ['target', 'writer', 'guide', 'judges'];

/**
 * The JSON Schema of a configuration file, for editors: the same keys as the zod schema, as a user
 * writes them. A file that names a preset need not give what the preset gives.
 */
export function configJsonSchema(): Json {
  const schema: Json = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-07',
    // A function cannot stand in YAML: judges and strategies of one's own are for art.config.ts.
    unrepresentable: () => ({ not: {} }),
    override: ({ jsonSchema }) => {
      if (jsonSchema.anyOf !== undefined) {
        jsonSchema.anyOf = jsonSchema.anyOf.filter((option) => JSON.stringify(option) !== '{"not":{}}');
      }
    },
  });
  const properties: Record<string, z.core.JSONSchema._JSONSchema> = { ...schema.properties };
  const nested: Record<string, Json> = {};
  for (const name of NEEDED_WITHOUT_PRESET) {
    const property = properties[name];
    if (typeof property !== 'object') continue;
    const { required, ...rest } = property;
    properties[name] = rest;
    if (required !== undefined) nested[name] = { required };
  }
  const preset = properties.preset;
  if (typeof preset === 'object') properties.preset = { ...preset, enum: Object.keys(PRESETS) };
  return {
    ...schema,
    title: 'ART configuration',
    description: 'What art run does: the target under test, Writer, Guide, judges, and how much of it.',
    properties,
    required: [],
    if: { required: ['preset'] },
    else: { required: NEEDED_WITHOUT_PRESET, properties: nested },
  };
}
