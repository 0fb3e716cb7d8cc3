import { mkdir, writeFile } from 'node:fs/promises';
import { configJsonSchema } from '../src/config/json-schema.ts';

// Writes the JSON Schema that editors use for art.yaml: `npm run schema`.
const file = new URL('../schema/art.schema.json', import.meta.url);
await mkdir(new URL('.', file), { recursive: true });
await writeFile(file, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
console.log(`wrote ${file.pathname}`);
