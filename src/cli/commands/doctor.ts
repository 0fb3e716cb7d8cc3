import { styleText } from 'node:util';
import type { Command } from 'commander';
import { type Examination, examine } from '../../campaign/doctor.ts';
import { makeModels } from '../../campaign/make-models.ts';
import { closeJudges } from '../../judges/registry.ts';
import { redact } from '../../models/redact.ts';
import { loadConfigOf, modelServices } from '../load.ts';
import { artCommand, type CommonOptions } from '../options.ts';
import { formatLatency } from '../progress/format.ts';
import { sanitizeForTerminal } from '../sanitize.ts';

/** `art doctor`: one tiny real request to each configured model and judge. */
export function doctorCommand(): Command {
  return artCommand('doctor')
    .description('send one tiny real request to each configured model and judge')
    .argument('[config]', 'art.config.ts or art.yaml, or the folder that holds it')
    .action(async (path: string | undefined, options: CommonOptions) => {
      const { config, directory, file } = await loadConfigOf(path);
      if (!options.json && !options.quiet) process.stderr.write(`Trying what ${file} names …\n`);
      const models = await makeModels(config, await modelServices(directory));
      try {
        const results = await examine(config, models, (result) => print(result, options));
        const sick = results.filter(({ ok }) => !ok).length;
        process.exitCode = sick === 0 ? 0 : 1;
        if (options.json || options.quiet) return;
        process.stdout.write(
          sick === 0 ? 'All is well. Go on with: art run\n' : `${sick} of ${results.length} did not work.\n`,
        );
      } finally {
        await closeJudges(models.judges);
      }
    });
}

function print(result: Examination, { json, quiet }: CommonOptions): void {
  const { name, what, ok, tookMs, hint } = result;
  const detail = sanitizeForTerminal(redact(result.detail), 500);
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...result, detail })}\n`);
    return;
  }
  if (quiet && ok) return;
  const mark = styleText(ok ? 'green' : 'red', ok ? '✓' : '✗', { stream: process.stdout });
  const aside = styleText('dim', `${what}, ${formatLatency(tookMs)}`, { stream: process.stdout });
  process.stdout.write(`${mark} ${name.padEnd(16)} ${aside}\n    ${detail}\n`);
  if (hint !== undefined) process.stdout.write(`    do: ${sanitizeForTerminal(hint, 500)}\n`);
}
