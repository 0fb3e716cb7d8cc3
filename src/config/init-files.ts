import { readFileSync } from 'node:fs';
import { configJsonSchema } from './json-schema.ts';

/** A file that `art init` writes. */
export interface InitFile {
  readonly name: string;
  readonly text: string;
}

/**
 * The files that `art init` writes: a configuration that runs on the sandbox as it stands, with the
 * other choices as comments; for YAML also the schema that its first line hands to editors.
 *
 * @param kind TypeScript or YAML
 */
export function initFiles(kind: 'ts' | 'yaml'): InitFile[] {
  if (kind === 'ts') return [{ name: 'art.config.ts', text: template('art.config.ts') }];
  return [
    { name: 'art.yaml', text: template('art.yaml') },
    { name: 'art.schema.json', text: `${JSON.stringify(configJsonSchema(), null, 2)}\n` },
  ];
}

function template(name: string): string {
  return readFileSync(new URL(`./templates/${name}.template`, import.meta.url), 'utf8');
}
