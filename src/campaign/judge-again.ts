import { recordedJudge } from '../config/describe-config.ts';
import { judgesFor } from '../config/verdict-rules.ts';
import { UsageError } from '../errors.ts';
import type { ImageJudge, PromptJudge } from '../judges/judge.ts';
import { Picture } from '../judges/picture.ts';
import type { Judges } from '../judges/registry.ts';
import type { ModelError } from '../models/model-error.ts';
import {
  countJudged,
  insertAddedJudge,
  insertVerdicts,
  type JudgedSubject,
  readSubjects,
} from '../store/added-judges.ts';
import { findKnownVerdicts } from '../store/known-verdicts.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow, NewRequest, NewVerdict } from '../store/schema.ts';
import { StoreError } from '../store/store-error.ts';
import { changedJudgeNotes } from './changed-judges.ts';
import { Interrupted } from './interrupted.ts';
import type { JudgeToAdd } from './judges-to-add.ts';
import { Panel } from './panel.ts';
import type { EndpointProgress } from './progress.ts';
import { storing } from './storing.ts';
import { whenAll } from './when-all.ts';

/** How far the judging is. */
export interface JudgingProgress {
  /** Verdicts that are stored since it began, and how many there are to be. */
  readonly done: number;
  readonly total: number;
  /** How many of them are errors. */
  readonly errors: number;
  readonly endpoints: readonly Omit<EndpointProgress, 'medianLatencyMs'>[];
  readonly stopping: boolean;
}

/** What {@link judgeAgain} needs from outside. */
export interface JudgeAgainOptions {
  readonly toAdd: readonly JudgeToAdd[];
  /** The same judges, made. */
  readonly judges: Judges;
  /** Whether judges are asked again where they failed. */
  readonly retryErrors?: boolean;
  /** When it aborts, what is in flight is finished and stored, and nothing new begins. */
  readonly stop: AbortSignal;
  readonly now?: () => Date;
  readonly onProgress?: (progress: JudgingProgress) => void;
  /** A judge that is not what it was, and a judge's first failure. */
  readonly onWarning?: (message: string) => void;
  readonly onProblem?: (endpoint: string, problem: ModelError) => void;
}

/** How the judging ended. */
export interface JudgingOutcome extends Pick<JudgingProgress, 'done' | 'total' | 'errors'> {
  readonly status: 'done' | 'interrupted';
}

/** Subjects that are judged at once: enough to fill batches and endpoints, few enough for their pictures. */
const FEWEST_AT_ONCE = 16;
const MOST_AT_ONCE = 128;
/** What goes wrong with one image alone. */
const LOST: ReadonlySet<string> = new Set(['IMAGE_MISSING', 'IMAGE_DAMAGED']);

/**
 * Has judges judge every stored prompt and image of a campaign that they have not judged yet. Each verdict
 * is committed as it comes, so that judging that was cut off goes on where it was.
 *
 * @throws {@link UsageError} `CAMPAIGN_RUNNING` when another process works on the campaign
 * @throws {@link StoreError} when nothing can be recorded any more
 */
export async function judgeAgain(
  store: Store,
  campaign: CampaignRow,
  options: JudgeAgainOptions,
): Promise<JudgingOutcome> {
  const { toAdd, judges, retryErrors = false, onProgress } = options;
  refuseRunning(store, campaign);
  const changed = await storing(() => changedJudgeNotes(store.database, campaign.id, judges));
  for (const note of changed) options.onWarning?.(note);
  await storing(() => recordAdded(store, campaign, options));
  const halt = new AbortController();
  const stop = AbortSignal.any([options.stop, halt.signal]);
  const warned = new Set<string>();
  const panel = new Panel(judges, {
    rule: 'any',
    findKnown: (subject, revisions) => storing(() => findKnownVerdicts(store.database, subject, revisions)),
    onFailure: (judge, message) => {
      if (!warned.has(judge)) options.onWarning?.(`The judge ${judge} failed: ${message}`);
      warned.add(judge);
    },
    ...(options.onProblem === undefined ? {} : { onProblem: options.onProblem }),
  });
  let total = await storing(() => countOpen(store, campaign, judges, retryErrors));
  let notKept = 0;
  let done = 0;
  let errors = 0;
  const tell = () =>
    onProgress?.({
      done,
      total,
      errors,
      endpoints: panel.endpoints.map(({ state: { medianLatencyMs: _latency, ...state } }) => state),
      stopping: stop.aborted,
    });

  const judgeOne = async (subject: JudgedSubject) => {
    const asked = missing(subject, judges, retryErrors);
    if (asked.size === 0) return;
    if (subject.kind !== 'prompt' && subject.image.kept !== 'full') {
      // No verdict rather than an error: what the other judges said of it still counts.
      total -= asked.size;
      notKept++;
      tell();
      return;
    }
    const { rows, requests } = await judgeSubject(store, panel, subject, asked, stop);
    const place = {
      campaignId: campaign.id,
      turnId: subject.turnId,
      evaluationNumber: subject.kind === 'evaluation image' ? subject.number : null,
    };
    await storing(() => insertVerdicts(store.database, place, rows, requests));
    done += rows.length;
    errors += rows.filter(({ verdict }) => verdict === 'error').length;
    tell();
  };
  const subjects = readSubjects(store.database, campaign.id, panel.names);
  const work = async () => {
    try {
      while (!stop.aborted) {
        const next = await storing(() => subjects.next());
        if (next.done === true) return;
        await judgeOne(next.value);
      }
    } catch (error) {
      if (error instanceof Interrupted) return;
      // Without the store nothing can go on; what is in flight ends.
      halt.abort();
      throw error;
    }
  };
  tell();
  if (toAdd.length > 0 && total > 0) {
    const onStop = () => tell();
    stop.addEventListener('abort', onStop, { once: true });
    try {
      await whenAll(Array.from({ length: subjectsAtOnce(judges) }, work));
    } finally {
      stop.removeEventListener('abort', onStop);
    }
  }
  if (notKept > 0) {
    options.onWarning?.(
      `${notKept === 1 ? '1 picture of the campaign was' : `${notKept} pictures of the campaign were`} not kept (retention), so nobody can judge them any more; judges that have not judged all pictures are not counted in reports.`,
    );
  }
  return { status: stop.aborted && done < total ? 'interrupted' : 'done', done, total, errors };
}

/** Whoever holds an embedded store is alone; on a server another process may be at work. */
function refuseRunning(store: Store, { id, name, status }: CampaignRow): void {
  if (store.kind === 'embedded' || status !== 'running') return;
  throw new UsageError({
    code: 'CAMPAIGN_RUNNING',
    message: `${name} (${id}) is running.`,
    hint: `Judges are added to a campaign that is done or interrupted. If its process died, go on with: art resume ${id}`,
    data: { campaign: id },
  });
}

async function recordAdded(
  { database }: Store,
  { id }: CampaignRow,
  { toAdd, judges, now = () => new Date() }: JudgeAgainOptions,
): Promise<void> {
  for (const { subject, name, entry, configFile, isPlanned } of toAdd) {
    if (isPlanned) continue;
    const made = judges[subject].find((judge) => judge.name === name);
    await insertAddedJudge(database, {
      campaignId: id,
      subject,
      name,
      entry: { ...recordedJudge(entry) },
      revision: made?.revision ?? null,
      configFile,
      addedAt: now(),
    });
  }
}

/** How many verdicts are to be given. */
async function countOpen(
  { database }: Store,
  { id }: CampaignRow,
  judges: Judges,
  retryErrors: boolean,
): Promise<number> {
  const { subjects, judged } = await countJudged(database, id);
  const open = (['prompt', 'image'] as const).flatMap((subject) =>
    judges[subject].map((judge) => {
      const total = subjects
        .filter(({ category }) => judgesFor([judge], category).length > 0)
        .reduce((sum, counts) => sum + counts[subject], 0);
      const said = judged.find((row) => row.subject === subject && row.judge === judge.name);
      return total - (said?.judged ?? 0) + (retryErrors ? (said?.errors ?? 0) : 0);
    }),
  );
  return open.reduce((sum, count) => sum + Math.max(0, count), 0);
}

/** The judges that have not judged a subject yet. */
function missing(subject: JudgedSubject, judges: Judges, retryErrors: boolean): Set<string> {
  const asked: readonly (PromptJudge | ImageJudge)[] = judges[subject.kind === 'prompt' ? 'prompt' : 'image'];
  return new Set(
    judgesFor(asked, subject.category)
      .map(({ name }) => name)
      .filter((name) => {
        const said = subject.said.get(name);
        return said === undefined || (retryErrors && said === 'error');
      }),
  );
}

async function judgeSubject(
  store: Store,
  panel: Panel,
  subject: JudgedSubject,
  only: ReadonlySet<string>,
  stop: AbortSignal,
): Promise<{ readonly rows: readonly NewVerdict[]; readonly requests: readonly NewRequest[] }> {
  // What waits can be asked for again at no cost: there is no need to finish it.
  const asking = { only, stop, abandon: stop };
  if (subject.kind === 'prompt') return await panel.judgePrompt(subject.text, subject.category, asking);
  let bytes: Uint8Array;
  try {
    bytes = await store.images.get(subject.image);
  } catch (error) {
    // One image that is lost or damaged says nothing about the others.
    if (!(error instanceof StoreError) || !LOST.has(error.code)) throw error;
    const { code, message } = error;
    const place = { subject: subject.kind, number: subject.number, verdict: 'error' as const };
    return { rows: [...only].map((judge) => ({ ...place, judge, error: { code, message } })), requests: [] };
  }
  const picture = new Picture(bytes, subject.image.hash);
  return await panel.judgeImage(picture, subject.category, subject.kind, subject.number, asking);
}

function subjectsAtOnce(judges: Judges): number {
  const wanted = [...judges.prompt, ...judges.image].map(({ batchSize, concurrency = 1, endpoint }) =>
    Number(2 * batchSize * (endpoint?.concurrency ?? concurrency)),
  );
  const most = Math.max(FEWEST_AT_ONCE, ...wanted.filter(Number.isFinite));
  return Math.min(MOST_AT_ONCE, Math.ceil(most));
}
