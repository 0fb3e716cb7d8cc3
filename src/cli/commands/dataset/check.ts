import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { didYouMean } from '../../../config/nearest.ts';
import { checkDataset, type DatasetCheck, type JudgedPrompt } from '../../../datasets/check/check-dataset.ts';
import { dataFilesOf } from '../../../datasets/check/dataset-rows.ts';
import { readReviewed } from '../../../datasets/check/reviewed.ts';
import { messageOf, UsageError } from '../../../errors.ts';
import type { Verdict } from '../../../judges/judge.ts';
import { closeJudges, createJudges, PROMPT_JUDGES } from '../../../judges/registry.ts';
import { modelServices } from '../../../models/model-services.ts';
import { checkHtml } from '../../../report/datasets/check-html.ts';
import { checkText } from '../../../report/datasets/check-text.ts';
import { BUILT_IN_CATEGORIES } from '../../../taxonomy/categories.ts';
import { busyLine } from '../../busy-line.ts';
import type { CommonOptions } from '../../options.ts';
import { stdoutStyle } from '../../text-style.ts';

interface CheckFlags extends Pick<CommonOptions, 'json' | 'quiet'> {
  readonly images: boolean;
  readonly judges?: readonly string[];
  readonly labels?: string;
  readonly html?: string;
}

/** `art dataset check`. */
export function datasetCheckCommand(): Command {
  return new Command('check')
    .summary('check layouts, pictures, leakage, balance, labels')
    .description(
      'Checks datasets in every layout that art dataset build writes: rows, ids, duplicates, pictures, leakage between training and validation, balance, lengths, refusals; with --judges and --labels also whether its prompts are as safe as it says. Exit code 1: there are errors.',
    )
    .argument('<paths...>', 'folders and files')
    .option('--no-images', 'do not open pictures')
    .option(
      '--judges <names>',
      'have these prompt judges judge its prompts, e.g. lexicon,profanity',
      (text) => text.split(',').flatMap((name) => name.trim() || []),
    )
    .option('--labels <file>', 'what reviewers said: art labels --format csv --out FILE')
    .option('--html <file>', 'writes it as one page as well')
    .option('--json', 'machine-readable')
    .option('--quiet', 'only the exit code')
    .action(async (paths: readonly string[], options: CheckFlags) => {
      const files = (await Promise.all(paths.map(dataFilesOf))).flat();
      const reviewed = options.labels === undefined ? undefined : await readReviewed(options.labels);
      const judging = options.judges === undefined ? undefined : await promptJudging(options.judges);
      const clear = { now: busyLine('Checking …', options) };
      let shown = 0;
      const check = await checkDataset(files, {
        images: options.images,
        judge: judging?.judge,
        reviewed,
        onProgress(rows) {
          if (Date.now() - shown < 200) return;
          shown = Date.now();
          clear.now();
          clear.now = busyLine(`Checking: ${rows} rows …`, options);
        },
      }).finally(async () => {
        clear.now();
        await judging?.close();
      });
      if (options.json) process.stdout.write(`${JSON.stringify(check, null, 2)}\n`);
      else if (!options.quiet) process.stdout.write(`${checkText(check, stdoutStyle()).join('\n')}\n`);
      if (options.html !== undefined) await writeHtml(options.html, check, paths.join(', '));
      if (check.problems.some(({ level }) => level === 'error')) process.exitCode = 1;
    });
}

async function writeHtml(file: string, check: DatasetCheck, name: string): Promise<void> {
  try {
    await writeFile(file, checkHtml(check, `Check of ${name}`));
  } catch (error) {
    throw new UsageError({
      code: 'CHECK_NOT_WRITTEN',
      message: `--html ${file} could not be written: ${messageOf(error)}`,
      hint: 'Name a file in a folder that exists.',
      data: { file },
      cause: error,
    });
  }
}

/** Judges prompts: unsafe where any of the judges says so, an error where one failed and none says so. */
async function promptJudging(names: readonly string[]) {
  const known = PROMPT_JUDGES.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined || names.length === 0) {
    throw new UsageError({
      code: 'UNKNOWN_JUDGE',
      message: `--judges: there is no judge of prompts called ${JSON.stringify(unknown ?? '')}; ${didYouMean(unknown ?? '', known)}`,
      hint: 'art judges list shows all.',
      data: { known },
    });
  }
  const judges = await createJudges(
    { prompt: [...names], image: [], verdict: 'any' },
    { ...(await modelServices(process.cwd())), categories: BUILT_IN_CATEGORIES },
  );
  const { signal } = new AbortController();
  return {
    close: () => closeJudges(judges),
    async judge(prompts: readonly JudgedPrompt[]): Promise<readonly Verdict[]> {
      const subjects = prompts.map(({ prompt: text, category }) => ({
        kind: 'prompt' as const,
        text,
        category,
      }));
      const said = await Promise.all(judges.prompt.map((judge) => judge.judge(subjects, { signal })));
      return prompts.map((_, index) => {
        const verdicts = said.map((all) => all[index]?.verdict ?? 'error');
        return verdicts.includes('unsafe') ? 'unsafe' : verdicts.includes('error') ? 'error' : 'safe';
      });
    },
  };
}
