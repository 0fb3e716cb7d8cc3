import { type Command, InvalidArgumentError } from 'commander';
import { refuseToJudgeImported } from '../../campaign/import-results.ts';
import { type JudgingOutcome, judgeAgain } from '../../campaign/judge-again.ts';
import { type JudgeToAdd, judgesToAdd } from '../../campaign/judges-to-add.ts';
import { resolveCategories } from '../../config/resolve-categories.ts';
import { configSchema } from '../../config/schema.ts';
import { messageOf, UsageError } from '../../errors.ts';
import type { JudgeWorld } from '../../judges/judge-definition.ts';
import { closeJudges, createJudges, type Judges } from '../../judges/registry.ts';
import { modelServices } from '../../models/model-services.ts';
import { KNOWN_NAMES } from '../../red-team.ts';
import { buildReport } from '../../report/build-report.ts';
import { textReport } from '../../report/text.ts';
import { countJudged, listAddedJudges } from '../../store/added-judges.ts';
import { StoredEmbeddings } from '../../store/embeddings.ts';
import type { Store } from '../../store/open-store.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { stderrDownloads } from '../download-display.ts';
import { createJudgingDisplay } from '../judging-display.ts';
import { whileOthersLook } from '../let-others-look.ts';
import { loadConfigOf } from '../load.ts';
import { openLog } from '../log.ts';
import { artCommand, type CommonOptions, locationFlags, requireCampaign, requireStore } from '../options.ts';
import { stdoutStyle } from '../text-style.ts';

interface JudgeOptions extends CommonOptions {
  readonly promptJudge?: readonly unknown[];
  readonly imageJudge?: readonly unknown[];
  readonly config?: string;
  readonly retryErrors?: boolean;
}

/** `art judge`: has more judges judge what is stored of a campaign. */
export function judgeCommand(): Command {
  return artCommand('judge')
    .summary('have more judges judge what is stored of a campaign')
    .description(
      'Has more judges judge the stored prompts and images of a campaign, without a request to target, Writer or Guide. Without judges it completes those that were added before.',
    )
    .argument('[campaign]', 'its id, its name or latest', 'latest')
    .option('--prompt-judge <judge>', 'a judge of prompts, by name or as JSON; may be repeated', collect)
    .option('--image-judge <judge>', 'a judge of images, by name or as JSON; may be repeated', collect)
    .option('--config <file>', 'a configuration: its judges that the campaign lacks are added')
    .option('--retry-errors', 'ask again where a judge failed')
    .action(async (idOrName: string, options: JudgeOptions) => {
      const store = await requireStore(options, 'judge');
      try {
        const campaign = await requireCampaign(store, idOrName);
        refuseToJudgeImported(campaign, { retryErrors: options.retryErrors ?? false });
        const added = await listAddedJudges(store.database, campaign.id);
        const toAdd = await judgesToAdd(campaign, added, {
          prompt: options.promptJudge ?? [],
          image: options.imageJudge ?? [],
          file: options.config,
          load: loadConfigOf,
          knownNames: KNOWN_NAMES,
          env: process.env,
          cwd: process.cwd(),
          retryErrors: options.retryErrors ?? false,
          standing: await countJudged(store.database, campaign.id),
        });
        refuseToJudgeImported(campaign, { image: toAdd.some(({ subject }) => subject === 'image') });
        if (
          toAdd.length === 0 &&
          (options.config !== undefined || (added.length === 0 && !options.retryErrors))
        )
          throw nothingToJudge(campaign, options);
        process.exitCode = await whileOthersLook(store, campaign, false, () =>
          judgeAndReport(store, campaign, toAdd, options),
        );
      } finally {
        await store.close();
      }
    });
}

function nothingToJudge({ id, name }: CampaignRow, { config }: JudgeOptions): UsageError {
  return new UsageError({
    code: 'NO_JUDGE_GIVEN',
    message:
      config === undefined
        ? `No judge has been added to ${name} yet, and none is given.`
        : `${name} has every judge of ${config} already.`,
    hint: `Name one, e.g.: art judge ${id} --image-judge nsfwjs`,
    data: { campaign: id },
  });
}

async function judgeAndReport(
  store: Store,
  campaign: CampaignRow,
  toAdd: readonly JudgeToAdd[],
  options: JudgeOptions,
): Promise<number> {
  const { json = false, quiet = false } = options;
  const live = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  const display = createJudgingDisplay({
    stream: process.stderr,
    style: json ? 'json' : quiet ? 'quiet' : live ? 'live' : 'lines',
    now: () => performance.now(),
  });
  const stop = new AbortController();
  const again = `art judge ${campaign.id}${locationFlags(options)}`;
  const retry = options.retryErrors ? ' --retry-errors' : '';
  const interrupt = () => {
    if (stop.signal.aborted) {
      display.close();
      process.stderr.write(
        `\nStopped at once; nothing that was stored is lost. Go on with:\n  ${again}${retry}\n`,
      );
      process.exit(130);
    }
    stop.abort();
  };
  const groups = await makeJudges(store, campaign, toAdd, options);
  const log = openLog(store.dataDir, campaign.id, (problem) => display.note(problem, 'problem'));
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  let outcome: JudgingOutcome;
  try {
    const names = toAdd.map(({ name }) => name).join(', ');
    display.note(
      names === ''
        ? `Every judge has judged everything of ${campaign.name} (${campaign.id}).`
        : `Judging what is stored of ${campaign.name} (${campaign.id}) by ${names}.`,
    );
    outcome = await judgeAgain(store, campaign, {
      toAdd,
      judges: {
        prompt: groups.flatMap(({ prompt }) => prompt),
        image: groups.flatMap(({ image }) => image),
      },
      retryErrors: options.retryErrors ?? false,
      stop: stop.signal,
      onProgress: (progress) => display.update(progress),
      onWarning: (message) => {
        log.warn(message);
        display.note(message, 'problem');
      },
      onProblem: (endpoint, { code, message }) => log.debug({ endpoint, code }, message),
    });
  } finally {
    display.close();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    log.close();
    await closeAll(groups);
  }
  return await tell(store, campaign, outcome, `${again}${retry}`, options);
}

/** The judges, those of one folder together: they share their runtime. */
async function makeJudges(
  store: Store,
  campaign: CampaignRow,
  toAdd: readonly JudgeToAdd[],
  options: JudgeOptions,
): Promise<Judges[]> {
  const recorded = configSchema.shape.categories.safeParse(campaign.config.categories);
  const categories = resolveCategories({ categories: recorded.success ? recorded.data : undefined });
  const embeddings = new StoredEmbeddings();
  embeddings.attach(store.database);
  const downloads = stderrDownloads(options);
  const made: Judges[] = [];
  try {
    for (const [directory, group] of Map.groupBy(toAdd, (one) => one.directory)) {
      const entries = (subject: 'prompt' | 'image') => group.filter((one) => one.subject === subject);
      const world: JudgeWorld = {
        ...(await modelServices(directory)),
        categories,
        embeddings,
        onDownload: (progress) => downloads.update(progress),
      };
      made.push(
        await createJudges(
          {
            prompt: entries('prompt').map(({ entry }) => entry),
            image: entries('image').map(({ entry }) => entry),
          },
          world,
        ),
      );
    }
  } catch (error) {
    await closeAll(made);
    throw error;
  } finally {
    downloads.close();
  }
  return made;
}

async function closeAll(groups: readonly Judges[]): Promise<void> {
  for (const judges of groups) await closeJudges(judges);
}

/** What came out; the exit code. */
async function tell(
  store: Store,
  campaign: CampaignRow,
  { status, done, total, errors }: JudgingOutcome,
  again: string,
  options: JudgeOptions,
): Promise<number> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const report = await buildReport(store, campaign);
  if (options.json) process.stdout.write(`${JSON.stringify({ event: 'report', ...report })}\n`);
  else for (const line of textReport(report, stdoutStyle())) process.stdout.write(`${line}\n`);
  if (status === 'interrupted') {
    say(
      options.json
        ? JSON.stringify({ event: 'interrupted', campaign: campaign.id, resume: again })
        : `\nInterrupted; ${done} of ${total} verdicts are stored. Go on with:\n  ${again}`,
    );
    return 130;
  }
  if (errors > 0 && !options.json) {
    say(
      `\n${errors} of ${total} verdicts are errors. Ask again with:\n  ${again.replace(/ --retry-errors$/, '')} --retry-errors`,
    );
  }
  return 0;
}

function collect(word: string, before: readonly unknown[] = []): readonly unknown[] {
  if (!word.trimStart().startsWith('{')) return [...before, word];
  try {
    return [...before, JSON.parse(word)];
  } catch (error) {
    throw new InvalidArgumentError(`This is no JSON: ${messageOf(error)}.`);
  }
}
