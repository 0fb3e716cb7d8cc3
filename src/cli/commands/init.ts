import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { initFiles } from '../../config/init-files.ts';
import { messageOf, UsageError } from '../../errors.ts';

interface InitOptions {
  readonly yaml?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `art init`: writes a configuration that runs on the sandbox as it stands. */
export function initCommand(): Command {
  return new Command('init')
    .summary('write a configuration to start from')
    .description(
      'Writes a configuration that runs on the sandbox as it stands, with the other choices as comments.',
    )
    .argument('[dir]', 'the folder to write it to', '.')
    .option('--yaml', 'art.yaml, with its JSON Schema, instead of art.config.ts')
    .option('--force', 'overwrite what is there')
    .option('--json', 'tell as JSON what was written')
    .option('--quiet', 'say nothing but problems')
    .action((dir: string, { yaml, force, json, quiet }: InitOptions) => {
      const folder = resolve(dir);
      const files = initFiles(yaml ? 'yaml' : 'ts');
      const taken = files.filter(({ name }) => existsSync(join(folder, name)));
      if (taken.length > 0 && !force) {
        throw new UsageError({
          code: 'FILE_EXISTS',
          message: `${taken.map(({ name }) => join(folder, name)).join(' and ')} exists already.`,
          hint: 'Go on with it (art run), choose another folder, or overwrite it with --force.',
        });
      }
      for (const { name, text } of files) write(folder, name, text);
      if (quiet) return;
      if (json) {
        process.stdout.write(`${JSON.stringify({ files: files.map(({ name }) => join(folder, name)) })}\n`);
        return;
      }
      const where = relative(process.cwd(), folder);
      process.stdout.write(
        `Wrote ${files.map(({ name }) => join(where, name)).join(' and ')}. Next:\n` +
          `${where === '' ? '' : `  cd ${where}\n`}  art doctor    try every model and judge\n  art run       run the campaign\n`,
      );
    });
}

function write(folder: string, name: string, text: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
  } catch (cause) {
    throw new UsageError({
      code: 'CANNOT_WRITE',
      message: `${join(folder, name)} cannot be written: ${messageOf(cause)}`,
      hint: 'May you write there?',
      cause,
    });
  }
}
