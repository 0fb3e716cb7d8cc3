import { relative } from 'node:path';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { type Examination, examine } from '../../campaign/doctor.ts';
import { closeJudges } from '../../judges/registry.ts';
import { rememberStoreSecrets } from '../../models/process-secrets.ts';
import { redact } from '../../models/redact.ts';
import { wrapWords } from '../../report/display-width.ts';
import { openImages } from '../../store/open-images.ts';
import { columnsOf } from '../columns.ts';
import { loadConfigOf } from '../load.ts';
import { makeModelsOf } from '../make-models-of.ts';
import { artCommand, type CommonOptions } from '../options.ts';
import { formatLatency } from '../progress/format.ts';
import { sanitizeForTerminal } from '../sanitize.ts';

/** `art doctor`: one tiny real request to each configured model and judge. */
export function doctorCommand(): Command {
  return artCommand('doctor')
    .summary('try every configured model and judge')
    .description(
      'Sends one tiny real request to each configured model and judge, tries the object store where --images names one, and tells what came back.',
    )
    .argument('[config]', 'art.config.ts or art.yaml, or the folder that holds it')
    .action(async (path: string | undefined, options: CommonOptions) => {
      const { config, directory, file } = await loadConfigOf(path);
      if (!options.json && !options.quiet) {
        process.stderr.write(`Trying every model and judge of ${relative(process.cwd(), file)} …\n`);
      }
      rememberStoreSecrets(process.env, options.database);
      const models = await makeModelsOf(config, directory, options);
      try {
        // A folder is made with the first campaign; trying it here would leave one behind.
        const images = /^s3:/i.test(options.images ?? '')
          ? openImages(options.dataDir, options.images)
          : undefined;
        const results = await examine(config, models, (result) => print(result, options), { images });
        const sick = results.filter(({ ok }) => !ok).length;
        process.exitCode = sick === 0 ? 0 : 1;
        if (options.json || options.quiet) return;
        process.stdout.write(
          sick === 0
            ? `All ${results.length} work. Go on with: art run${path === undefined ? '' : ` ${path}`}\n`
            : `${sick} of ${results.length} did not work.\n`,
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
  const columns = columnsOf(process.stdout);
  const lines = [
    `${mark} ${name.padEnd(16)} ${aside}`,
    ...wrapWords(`    ${detail}`, columns, '    '),
    ...(hint === undefined
      ? []
      : wrapWords(`    do: ${sanitizeForTerminal(hint, 500)}`, columns, '        ')),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
