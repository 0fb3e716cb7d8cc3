import { settingsOf } from '../config/sweep.ts';
import {
  findConversation,
  listOpenConversations,
  reopenConversations,
  setCampaignStatus,
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
import type { CampaignQueue, HeldJob, JobKind } from './queue.ts';
import { storing } from './storing.ts';
import { WorkLoop } from './work-loop.ts';

/** How a run of a campaign ended. */
export interface CampaignOutcome {
  readonly status: Exclude<CampaignStatus, 'running'>;
  readonly counts: CampaignCounts;
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
): Promise<CampaignOutcome> {
  const { store, campaign, progress, now } = planned;
  await storing(() => takeUp(planned, queue));
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

  const work = (kind: JobKind, job: HeldJob, run: (id: number) => Promise<void>) =>
    vital(async () => {
      try {
        await run(job.data.id);
      } catch (error) {
        if (error instanceof Interrupted) {
          await storing(() => queue.giveBack(kind, job));
          return;
        }
        // Another worker was faster and goes on with it.
        if (!(error instanceof StoreError && error.code === 'TURN_ALREADY_STORED')) throw error;
      }
      await storing(() => queue.finish(kind, job));
    });
  const take = (kind: JobKind, count: number) => vital(() => storing(() => queue.take(kind, count)));

  try {
    await loop.run({
      stop,
      // An embedded store has no other worker: an empty queue is the end of the work.
      isComplete: async () =>
        store.kind === 'embedded' ||
        (await storing(() => isComplete(world))) ||
        (await offerAgain(world, queue)),
      lanes: [
        {
          name: 'conversation',
          limit: conversationsAtOnce(world),
          take: (count) => take('conversation', count),
          work: (job) =>
            work('conversation', job, async (id) => {
              await runConversation(world, id);
              await offerNext(world);
            }),
        },
        {
          name: 'evaluation',
          limit: evaluationsAtOnce(world),
          take: (count) => take('evaluation', count),
          work: (job) => work('evaluation', job, (id) => evaluate(world, id)),
        },
      ],
    });
  } catch (error) {
    // The store may be the very thing that failed; the campaign's own error matters more.
    await setCampaignStatus(store.database, campaign.id, 'interrupted', null).catch(() => undefined);
    throw error;
  }

  const counts = await storing(() => countCampaign(store.database, campaign.id));
  const status = statusOf(counts, stop.aborted && !(await storing(() => isComplete(world))));
  // Going on with a campaign that was done already changes nothing.
  const finishedAt = campaign.status === 'done' ? campaign.finishedAt : now();
  await storing(() =>
    setCampaignStatus(store.database, campaign.id, status, status === 'interrupted' ? null : finishedAt),
  );
  if (status !== 'interrupted') await storing(() => queue.remove());
  if (status === 'interrupted') progress.stop();
  return { status, counts };
}

/**
 * Asks again for whatever is open: what others hold stays theirs, what was lost between two workers
 * (one forgets the failures that the other has just recorded) is taken up again.
 *
 * @returns that the work is not complete
 */
async function offerAgain(
  { store, campaign, strategy }: CampaignWorld,
  queue: CampaignQueue,
): Promise<false> {
  await storing(() =>
    store.database.transaction(async (transaction) => {
      await queue.add(
        transaction,
        'conversation',
        await listOpenConversations(transaction, campaign.id, strategy),
      );
      await queue.add(transaction, 'evaluation', await listOpenEvaluations(transaction, campaign.id));
    }),
  );
  return false;
}

/** Where the conversations of a category wait for each other: puts the next of each into the queue. */
async function offerNext({ store, campaign, strategy, enqueue, workAdded }: CampaignWorld): Promise<void> {
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
    await setCampaignStatus(transaction, campaign.id, 'running', null);
  });
}

async function runConversation(world: CampaignWorld, id: number): Promise<void> {
  const { store, progress, now } = world;
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
  const { conversations, evaluationImages } = await countCampaign(store.database, campaign.id);
  const { expected, drawn, refused, failed } = evaluationImages;
  return (
    conversations.done + conversations.failed === conversations.total && drawn + refused + failed >= expected
  );
}

function statusOf(counts: CampaignCounts, interrupted: boolean): CampaignOutcome['status'] {
  if (interrupted) return 'interrupted';
  return counts.conversations.failed + counts.evaluationImages.failed > 0 ? 'failed' : 'done';
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
  return code === 'IMAGE_MISSING' || code === 'IMAGE_DAMAGED';
}
