import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The version of this ART, from its package.json: beside `src/` in a clone, beside `dist/` when installed. */
export const ART_VERSION: string = z
  .looseObject({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;
