import { existsSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import type { LabelledSubject } from '../../../datasets/labelled/labelled-data.ts';
import { UsageError } from '../../../errors.ts';
import type { JudgedRow } from '../../../judges/evaluation/collect-judgements.ts';
import type { SubjectKind } from '../../../judges/judge.ts';
import { closeJudges, type Judges } from '../../../judges/registry.ts';
import { redact } from '../../../models/redact.ts';
import { wrapWords } from '../../../report/display-width.ts';
import { stderrDownloads } from '../../download-display.ts';
import { formatLatency } from '../../progress/format.ts';
import { sanitizeForTerminal } from '../../sanitize.ts';
import { askPanel, checkCategories } from './ask-panel.ts';
import { exitInterrupted, interruptible } from './interruptible.ts';
import { chooseJudges, collectJudge, type JudgeFlags, judgeWorld, makeChosenJudges } from './judge-choice.ts';

const IMAGE_ENDINGS = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.avif', '.heic', '.tif', '.tiff'];

interface TestOptions extends JudgeFlags {
  readonly subject?: SubjectKind;
  readonly category?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `art judges test`: what judges say of one text or image. */
export function testCommand(): Command {
  return new Command('test')
    .summary('have judges judge one text or image')
    .description('Has judges judge one text or image file, and shows what each says.')
    .argument('<subject>', 'a text, an image file, or - for a text from standard input')
    .option(
      '--judge <judge>',
      'a name, or JSON such as \'{"name":"q16","threshold":0.6}\'; may be repeated',
      collectJudge,
    )
    .option('--config <file>', 'take the judges of this configuration')
    .addOption(
      new Option(
        '--subject <kind>',
        'what it is; default: an image where there is such an image file',
      ).choices(['prompt', 'image']),
    )
    .option('--category <name>', 'the category that judges are told')
    .option('--json', 'as JSON, one line a judge')
    .option('--quiet', 'say nothing but results and problems')
    .action(test);
}

async function test(given: string, options: TestOptions): Promise<void> {
  checkCommandLine();
  const subject = subjectOf(given, options, await textOf(given));
  const choice = await chooseJudges(options, subject.kind);
  const outcome = await interruptible(async (signal) => {
    const downloads = stderrDownloads(options);
    const world = await judgeWorld(choice, downloads.update);
    const judges = await makeChosenJudges(choice, subject.kind, world).finally(downloads.close);
    try {
      checkCategories(judges, [subject], options.category);
      if (!options.json && !options.quiet) {
        const what = subject.kind === 'image' ? `the image ${basename(subject.file)}` : 'the text';
        process.stderr.write(`Judging ${sanitizeForTerminal(what)} …\n`);
      }
      const width = Math.max(...judges[subject.kind].map(({ name }) => name.length));
      let failed = false;
      for (const judge of judges[subject.kind]) {
        const row = await askOne(judges, judge.name, subject, signal);
        failed ||= row.verdict === 'error';
        process.stdout.write(options.json ? `${JSON.stringify(row)}\n` : lineOf(row, width));
      }
      return failed;
    } finally {
      // Who interrupts does not wait for what a judge has begun.
      if (!signal.aborted) await closeJudges(judges);
    }
  });
  if (outcome.interrupted) exitInterrupted(options);
  process.exitCode = outcome.result ? 1 : 0;
}

type TestRow = Omit<JudgedRow, 'verdict'> & {
  readonly verdict: JudgedRow['verdict'] | 'not asked';
  readonly ms: number;
};

/** Each judge by itself, so that its time is its own. */
async function askOne(
  judges: Judges,
  name: string,
  subject: LabelledSubject,
  signal: AbortSignal,
): Promise<TestRow> {
  const alone = {
    prompt: judges.prompt.filter((judge) => judge.name === name),
    image: judges.image.filter((judge) => judge.name === name),
  };
  const begun = performance.now();
  const { rows } = await askPanel(alone, { rule: 'any', stop: signal })(subject);
  const ms = Math.round(performance.now() - begun);
  const [row] = rows;
  if (row === undefined) return { judge: name, verdict: 'not asked', ms };
  const { verdict, score, label, found, error } = row;
  return { judge: name, verdict, score, label, found, error, ms };
}

/**
 * ONNX Runtime 1.30 ends the process (SIGSEGV) when a network is loaded after a command line of some 17,000
 * characters, whatever is judged.
 */
const LONGEST_COMMAND_LINE = 8_000;

function checkCommandLine(): void {
  const length = process.argv.reduce((sum, argument) => sum + argument.length, 0);
  if (length <= LONGEST_COMMAND_LINE) return;
  throw new UsageError({
    code: 'COMMAND_LINE_TOO_LONG',
    message: `The command line has ${length.toLocaleString('en')} characters; ${LONGEST_COMMAND_LINE.toLocaleString('en')} is the most.`,
    hint: 'Put a long text into a file and give it as standard input: art judges test - < text.txt',
    data: { length },
  });
}

/** The text itself; `-` stands for what comes in. */
async function textOf(given: string): Promise<string> {
  return given === '-' ? (await text(process.stdin)).replace(/\r?\n$/, '') : given;
}

function subjectOf(given: string, { subject, category }: TestOptions, text: string): LabelledSubject {
  const named = given !== '-' && IMAGE_ENDINGS.includes(extname(given).toLowerCase());
  const kind = subject ?? (named ? 'image' : 'prompt');
  const common = { place: given, unsafe: false, ...(category === undefined ? {} : { category }) };
  if (kind === 'prompt') return { kind, text, ...common };
  if (existsSync(given) && statSync(given).isFile()) return { kind, file: resolve(given), ...common };
  throw new UsageError({
    code: 'IMAGE_MISSING',
    message: `There is no image file ${sanitizeForTerminal(given, 200)}`,
    hint: 'Check the path; of a text that only looks like a path say --subject prompt.',
    data: { file: given },
  });
}

function lineOf({ judge, verdict, score, label, found, error, ms }: TestRow, width: number): string {
  const { stdout } = process;
  const colours = { safe: 'green', unsafe: 'yellow', error: 'red', 'not asked': 'dim' } as const;
  const shown = styleText(colours[verdict], verdict.padEnd(6), { stream: stdout });
  const clean = (text: string) => sanitizeForTerminal(redact(text), 300);
  const details = [
    typeof score === 'number' ? score.toFixed(4) : '',
    typeof label === 'string' ? clean(label) : '',
    clean((found ?? []).join(', ')),
    error === undefined || error === null ? '' : clean(`${error.code}: ${error.message}`),
    formatLatency(ms),
  ].filter((part) => part !== '');
  const columns = stdout.isTTY ? stdout.columns : undefined;
  const indent = width + 2 + 6 + 2;
  const [first = '', ...others] = wrapWords(
    details.join(' · '),
    columns === undefined ? undefined : Math.max(20, columns - indent),
  );
  const lines = [
    `${judge.padEnd(width)}  ${shown}  ${first}`,
    ...others.map((line) => ' '.repeat(indent) + line),
  ];
  return `${lines.join('\n')}\n`;
}
