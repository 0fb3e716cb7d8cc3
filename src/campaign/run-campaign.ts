import { settingsOf } from '../config/sweep.ts';
import {
  beginWork,
  endWork,
  findConversation,
  listOpenConversations,
  lockCampaign,
  reopenConversations,
  setConversationStatus,
} from '../store/campaigns.ts';
import { type CampaignCounts, countCampaign } from '../store/counts.ts';
import { forgetFailedEvaluations, listOpenEvaluations } from '../store/evaluation.ts';
import type { CampaignStatus } from '../store/schema.ts';
import { StoreError } from '../store/store-error.ts';
import type { CampaignWorld } from './campaign-world.ts';
import { converse } from './converse.ts';
import { evaluate, failureOf } from './evaluate.ts';
import { Interrupted } from './interrupted.ts';
import { type CampaignQueue, type HeldJob, isQueueRemoved, type JobKind } from './queue.ts';
import { settleCampaign } from './retention.ts';
import type { CampaignStop } from './watch-campaign.ts';
import { type Lane, POLL_MS, WorkLoop } from './work-loop.ts';

/** How a run of a campaign ended. */
export interface CampaignOutcome {
  readonly status: Exclude<CampaignStatus, 'running'>;
  readonly counts: CampaignCounts;
  /** Why it ended before everything was done, in one sentence. */
  readonly ending?: string | undefined;
  /** Whether other workers go on with it. */
  readonly goesOn?: boolean;
}

/** How a process comes to a campaign. */
export interface RunOptions {
  /** Whether it begins the work and tries again what failed (`art run`, `art resume`), or only helps with it. */
  readonly takeUp?: boolean;
  /** How much is done at once, whatever the endpoints allow. */
  readonly limits?: Partial<Readonly<Record<JobKind, number>>> | undefined;
  /** The kinds of work that are done; default: both. */
  readonly kinds?: ReadonlySet<JobKind> | undefined;
}

/**
 * Works on a campaign until nothing is left to do or it is stopped: conversations as many at once
 * as keep the endpoints busy, and, whenever they leave the target idle, evaluation images.
 *
 * @param planned everything that the work stands on; its campaign is planned
 * @throws {@link StoreError} when nothing can be recorded any more
 */
export async function runCampaign(
  planned: CampaignWorld,
  queue: CampaignQueue,
  loop: WorkLoop = new WorkLoop(),
  { takeUp: isTakenUp = true, limits = {}, kinds }: RunOptions = {},
): Promise<CampaignOutcome> {
  const { store, campaign, progress, storing } = planned;
  if (isTakenUp) await storing(() => queue.adding(() => takeUp(planned, queue)));
  else await offerAgain(planned, queue);
  // Only now is it the campaign's own, whatever was asked of it before.
  await using resources = new AsyncDisposableStack();
  resources.defer(planned.watch());
  // An error that ends the campaign stops the other work as Ctrl-C does: finish, commit, begin nothing.
  const halt = new AbortController();
  const stop = AbortSignal.any([planned.stop, halt.signal]);
  const world = { ...planned, stop };

  /** Does something without which nothing can go on. */
  const vital = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      halt.abort();
      throw error;
    }
  };

  const work = (job: HeldJob, run: (id: number, isMine: () => Promise<boolean>) => Promise<void>) =>
    vital(async () => {
      try {
        await run(job.data.id, () => storing(() => queue.holds(job)));
      } catch (error) {
        // Another worker that was faster may go on with it, or it was this one, whose answer was lost.
        const isStored = error instanceof StoreError && error.code === 'TURN_ALREADY_STORED';
        // It was found done by somebody just before it was resumed: what is open is offered again.
        const isOffered = isQueueRemoved(error);
        if (!(error instanceof Interrupted) && !isStored && !isOffered) throw error;
        await storing(() => queue.giveBack(job));
        return;
      }
      await storing(() => queue.finish(job));
    });
  const take = (kind: JobKind, count: number) => vital(() => storing(() => queue.take(kind, count)));

  const lanes: readonly (Lane<HeldJob> & { readonly name: JobKind })[] = [
    {
      name: 'conversation',
      limit: limits.conversation ?? conversationsAtOnce(world),
      take: (count) => take('conversation', count),
      work: (job) =>
        work(job, async (id, isMine) => {
          await runConversation(world, id, isMine);
          await offerNext(world);
        }),
    },
    {
      name: 'evaluation',
      limit: limits.evaluation ?? evaluationsAtOnce(world),
      take: (count) => take('evaluation', count),
      work: (job) => work(job, (id, isMine) => evaluate(world, id, isMine)),
    },
  ];
  const isOver = paced(async () => (await storing(() => isComplete(world))) || offerAgain(world, queue));
  try {
    for (;;) {
      await loop.run({
        stop,
        isComplete: isOver,
        lanes: lanes.filter(({ name }) => kinds?.has(name) ?? true),
      });
      const counts = await storing(() => countCampaign(store.database, campaign.id));
      if (stop.aborted && !isAllDone(counts)) {
        progress.stop();
        const reason = planned.stopped() ?? { status: 'interrupted' };
        const goesOn = await storing(() => leave(world, reason, isTakenUp));
        return { status: reason.status, counts, ending: reason.ending, goesOn };
      }
      await settleCampaign(planned);
      const ended = await storing(() => endIfComplete(planned));
      // Somebody may have resumed it meanwhile, with what failed in it.
      if (ended === undefined) continue;
      await storing(() => queue.remove());
      return ended;
    }
  } catch (error) {
    // The store may be the very thing that failed; the campaign's own error matters more.
    await leave(world, { status: 'interrupted' }, isTakenUp).catch(() => undefined);
    throw error;
  }
}

/** Asks rarely what takes the database long: at most a tenth of the time goes into it. */
function paced(ask: () => Promise<boolean>): () => Promise<boolean> {
  let nextAt = 0;
  return async () => {
    const begun = performance.now();
    if (begun < nextAt) return false;
    const answer = await ask();
    const ended = performance.now();
    nextAt = ended + Math.max(0, 10 * (ended - begun) - POLL_MS);
    return answer;
  };
}

/** Notes that a campaign is done; not where it has been resumed since that was found out. */
async function endIfComplete({
  store,
  campaign,
  now,
}: Pick<CampaignWorld, 'store' | 'campaign' | 'now'>): Promise<CampaignOutcome | undefined> {
  return await store.database.transaction(async (transaction) => {
    await lockCampaign(transaction, campaign.id);
    const counts = await countCampaign(transaction, campaign.id);
    if (!isAllDone(counts)) return undefined;
    const status = counts.conversations.failed + counts.evaluationImages.failed > 0 ? 'failed' : 'done';
    // Going on with a campaign that was done already changes nothing.
    const finishedAt = campaign.status === 'done' ? campaign.finishedAt : now();
    await endWork(transaction, campaign.id, { status, finishedAt });
    return { status, counts };
  });
}

/**
 * Notes why a campaign is left. Where only this process leaves, others go on with it: those that are there, or, where
 * this one only helped, whichever worker comes next, as after a restart of all.
 *
 * @returns whether they do
 */
async function leave(
  { store, campaign, othersWork }: CampaignWorld,
  stop: CampaignStop,
  isTakenUp: boolean,
): Promise<boolean> {
  if (stop.status === 'interrupted' && (!isTakenUp || (await othersWork()))) return true;
  await endWork(store.database, campaign.id, { ...stop, finishedAt: null });
  return false;
}

/**
 * Asks again for whatever is open: what others hold stays theirs, what was lost between two workers
 * (one forgets the failures that the other has just recorded) is taken up again.
 *
 * @returns that the work is not complete
 */
async function offerAgain(
  { store, campaign, strategy, storing }: CampaignWorld,
  queue: CampaignQueue,
): Promise<false> {
  const offer = () =>
    store.database.transaction(async (transaction) => {
      await queue.add(
        transaction,
        'conversation',
        await listOpenConversations(transaction, campaign.id, strategy),
      );
      await queue.add(transaction, 'evaluation', await listOpenEvaluations(transaction, campaign.id));
    });
  await storing(() => queue.adding(offer));
  return false;
}

/** Where the conversations of a category wait for each other: puts the next of each into the queue. */
async function offerNext({
  store,
  campaign,
  strategy,
  enqueue,
  workAdded,
  storing,
}: CampaignWorld): Promise<void> {
  if (strategy.inOrder !== true) return;
  await storing(() =>
    store.database.transaction(async (transaction) =>
      enqueue(transaction, 'conversation', await listOpenConversations(transaction, campaign.id, strategy)),
    ),
  );
  workAdded('conversation');
}

/** Puts everything that is not done into the queue. */
async function takeUp({ store, campaign, strategy }: CampaignWorld, queue: CampaignQueue): Promise<void> {
  // Whoever holds the folder's lock is alone: jobs held by a process that died are nobody's.
  if (store.kind === 'embedded') await queue.clear();
  await store.database.transaction(async (transaction) => {
    await reopenConversations(transaction, campaign.id);
    await forgetFailedEvaluations(transaction, campaign.id);
    await queue.add(
      transaction,
      'conversation',
      await listOpenConversations(transaction, campaign.id, strategy),
    );
    await queue.add(transaction, 'evaluation', await listOpenEvaluations(transaction, campaign.id));
    await beginWork(transaction, campaign.id);
  });
}

async function runConversation(
  world: CampaignWorld,
  id: number,
  isMine: () => Promise<boolean>,
): Promise<void> {
  const { store, progress, now, storing } = world;
  const conversation = await storing(() => findConversation(store.database, id));
  if (conversation === undefined || conversation.status === 'done') return;
  progress.conversationStarted();
  try {
    await converse(world, conversation);
    progress.conversationEnded('done');
  } catch (error) {
    if (error instanceof Interrupted || (error instanceof StoreError && !isLostImage(error))) {
      progress.conversationEnded('pending');
      throw error;
    }
    // Somebody else goes on with it, and may succeed.
    if (!(await isMine())) {
      progress.conversationEnded('pending');
      throw new Interrupted();
    }
    const failure = failureOf(error);
    await storing(() =>
      setConversationStatus(store.database, id, { status: 'failed', failure, finishedAt: now() }),
    );
    progress.conversationEnded('failed');
    progress.problem(failure.message);
    world.warn(
      `Conversation ${conversation.number + 1} of ${conversation.category} failed: ${failure.message}`,
    );
  }
}

async function isComplete({ store, campaign }: CampaignWorld): Promise<boolean> {
  return isAllDone(await countCampaign(store.database, campaign.id));
}

function isAllDone({ conversations, evaluationImages }: CampaignCounts): boolean {
  const { expected, drawn, refused, failed } = evaluationImages;
  return (
    conversations.done + conversations.failed === conversations.total && drawn + refused + failed >= expected
  );
}

/** Twice as many conversations as requests fit in flight: while half of them are served, half wait. */
function conversationsAtOnce({ endpoints }: CampaignWorld): number {
  const { writer, guide, target } = endpoints;
  return 2 * (writer.limits.concurrency + guide.limits.concurrency + target.limits.concurrency);
}

/** Enough images waiting to fill the target at any moment, and as many being judged and stored. */
function evaluationsAtOnce({ endpoints, config }: CampaignWorld): number {
  const imagesOfJob = settingsOf(config).length * config.imagesPerPrompt;
  return 2 + Math.ceil((3 * endpoints.target.limits.concurrency) / Math.max(1, imagesOfJob));
}

function isLostImage({ code }: StoreError): boolean {
  return code === 'IMAGE_MISSING' || code === 'IMAGE_DAMAGED' || code === 'IMAGE_NOT_KEPT';
}
