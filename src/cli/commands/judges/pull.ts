import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import { judgeTypeOf } from '../../../config/judge-entries.ts';
import { isOwnJudge } from '../../../config/own-objects.ts';
import type { JudgeConfig } from '../../../config/schema.ts';
import { ArtError, messageOf, UsageError } from '../../../errors.ts';
import type { ImageJudge, PromptJudge, SubjectKind } from '../../../judges/judge.ts';
import type { JudgeWorld } from '../../../judges/judge-definition.ts';
import { closeJudges, createJudges, JUDGES } from '../../../judges/registry.ts';
import { redact } from '../../../models/redact.ts';
import { wrapWords } from '../../../report/display-width.ts';
import { columnsOf } from '../../columns.ts';
import { stderrDownloads } from '../../download-display.ts';
import { formatLatency } from '../../progress/format.ts';
import { sanitizeForTerminal } from '../../sanitize.ts';
import { exitInterrupted, interruptible } from './interruptible.ts';
import { chooseJudges, collectJudge, definitionsOf, judgeWorld, nameOf } from './judge-choice.ts';
import { asksServer } from './judge-need.ts';

interface PullOptions {
  readonly config?: string;
  readonly subject?: SubjectKind;
  readonly update?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What came of one judge. */
interface Pulled {
  readonly judge: string;
  readonly subject: SubjectKind;
  /** `skipped`: there is nothing of it to be fetched. */
  readonly outcome: 'ready' | 'skipped' | 'failed';
  readonly ms: number;
  readonly detail?: string;
  readonly hint?: string;
}

type Task =
  | { readonly subject: 'prompt'; readonly entry: JudgeConfig | PromptJudge }
  | { readonly subject: 'image'; readonly entry: JudgeConfig | ImageJudge };

/** `art judges pull`: fetches weights ahead, for machines without network. */
export function pullCommand(): Command {
  return new Command('pull')
    .summary('fetch the weights of judges ahead')
    .description(
      'Fetches the weights of judges into the cache and loads them once, so that a campaign begins at once, also without network.',
    )
    .argument(
      '[judges...]',
      'names, or JSON such as \'{"name":"my-judge","model":"org/repo","safeLabels":["ok"]}\'',
      collectJudge,
    )
    .option('--config <file>', 'the judges of this configuration')
    .addOption(new Option('--subject <kind>', 'only judges of these').choices(['prompt', 'image']))
    .option('--update', 'ask the Hub for newer commits of what is in the cache already')
    .option('--json', 'results and progress as JSON')
    .option('--quiet', 'say nothing but problems')
    .action(pull);
}

async function pull(named: readonly JudgeConfig[] | undefined, options: PullOptions): Promise<void> {
  const names = named === undefined || named.length === 0 ? undefined : named;
  if (names === undefined && options.config === undefined) {
    throw new UsageError({
      code: 'NO_JUDGES',
      message: 'Which judges?',
      hint: 'Name some, e.g. art judges pull q16, or a configuration with --config; art judges list shows all.',
    });
  }
  for (const entry of names ?? []) if (options.subject === undefined) requireOneKind(entry);
  const flags = {
    ...(names === undefined ? {} : { judge: names }),
    ...(options.config === undefined ? {} : { config: options.config }),
  };
  const choice = await chooseJudges(flags, options.subject);
  const tasks: Task[] = [
    ...choice.prompt.map((entry): Task => ({ subject: 'prompt', entry })),
    ...choice.image.map((entry): Task => ({ subject: 'image', entry })),
  ];
  const downloads = stderrDownloads(options);
  const outcome = await interruptible(async (signal) => {
    const world: JudgeWorld = {
      ...(await judgeWorld(choice, downloads.update)),
      updateWeights: options.update ?? false,
    };
    const results: Pulled[] = [];
    for (const task of tasks) {
      signal.throwIfAborted();
      const result = await pullOne(task, world);
      // Whoever interrupts finds what was fetched in the cache; the next pull goes on from there.
      signal.throwIfAborted();
      downloads.close();
      print(result, options);
      results.push(result);
    }
    return results;
  });
  downloads.close();
  if (outcome.interrupted) exitInterrupted(options);
  process.exitCode = outcome.result.some((result) => result.outcome === 'failed') ? 1 : 0;
}

/** A classifier of the Hub may be one of texts or of images: its keys do not tell which. */
function requireOneKind(entry: JudgeConfig): void {
  const types = new Set(definitionsOf(entry).map(({ name }) => name));
  if (types.size < 2) return;
  throw new UsageError({
    code: 'UNKNOWN_SUBJECT',
    message: `The judge ${JSON.stringify(nameOf(entry).slice(0, 80))} may judge prompts or images.`,
    hint: `Say --subject prompt or --subject image, or its type: ${[...types].join(' or ')}.`,
    data: { judge: nameOf(entry) },
  });
}

async function pullOne(task: Task, world: JudgeWorld): Promise<Pulled> {
  const { entry, subject } = task;
  const begun = performance.now();
  const result = (outcome: Pulled['outcome'], more: Pick<Pulled, 'detail' | 'hint'> = {}): Pulled => ({
    judge: nameOf(entry),
    subject,
    outcome,
    ms: Math.round(performance.now() - begun),
    ...more,
  });
  const nothing = nothingToFetch(task);
  if (nothing !== undefined) return result('skipped', { detail: nothing });
  try {
    const judges = await createJudges(
      task.subject === 'prompt' ? { prompt: [task.entry], image: [] } : { prompt: [], image: [task.entry] },
      world,
    );
    await closeJudges(judges);
    return result('ready');
  } catch (error) {
    const hint = error instanceof ArtError ? error.hint : undefined;
    return result('failed', {
      detail: redact(messageOf(error)),
      ...(hint === undefined ? {} : { hint: redact(hint) }),
    });
  }
}

/** Why there is nothing to be fetched for a judge, where there is not. */
function nothingToFetch({ entry, subject }: Task): string | undefined {
  if (isOwnJudge(entry)) return 'a judge of your own';
  const definitions = JUDGES.filter((definition) => definition.subject === subject);
  const type = judgeTypeOf(
    entry,
    subject,
    definitions.map(({ name }) => name),
  );
  const definition = definitions.find(({ name }) => name === type);
  return definition !== undefined && asksServer(definition) ? 'it asks a server' : undefined;
}

function print(result: Pulled, { json, quiet }: PullOptions): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const { judge, subject, outcome, ms, detail, hint } = result;
  if (quiet && outcome !== 'failed') return;
  const { stdout } = process;
  const marks = { ready: ['green', '✓'], skipped: ['dim', '–'], failed: ['red', '✗'] } as const;
  const [colour, mark] = marks[outcome];
  const aside = styleText('dim', `${subject}s, ${formatLatency(ms)}`, { stream: stdout });
  const columns = columnsOf(stdout);
  const what = outcome === 'skipped' ? `nothing to fetch: ${detail}` : detail;
  const lines = [
    `${styleText(colour, mark, { stream: stdout })} ${sanitizeForTerminal(judge).padEnd(16)} ${aside}`,
    ...(what === undefined ? [] : wrapWords(`    ${sanitizeForTerminal(what, 1000)}`, columns, '    ')),
    ...(hint === undefined ? [] : wrapWords(`    do: ${sanitizeForTerminal(hint)}`, columns, '        ')),
  ];
  stdout.write(`${lines.join('\n')}\n`);
}
