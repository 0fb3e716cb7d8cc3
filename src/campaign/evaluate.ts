import { ArtError } from '../errors.ts';
import { ModelError } from '../models/model-error.ts';
import { insertEvaluationImage, readEvaluation } from '../store/evaluation.ts';
import type { ConversationRow, Failure, NewRequest, TurnRow } from '../store/schema.ts';
import type { CampaignWorld } from './campaign-world.ts';
import { drawAndJudge, PRIORITY } from './draw-and-judge.ts';
import { deriveSeed } from './seeds.ts';
import { storing } from './storing.ts';
import { whenAll } from './when-all.ts';

/**
 * Draws a turn's prompt again, once for each evaluation image that is not stored yet, and has each
 * judged. Every image is committed as it is complete. One that cannot be drawn is recorded as
 * failed with the reason; the others go on.
 *
 * @throws {@link Interrupted} when the campaign is being stopped; {@link StoreError} when nothing can
 *   be recorded any more
 */
export async function evaluate(world: CampaignWorld, turnId: number): Promise<void> {
  const found = await storing(() => readEvaluation(world.store.database, turnId));
  if (found === undefined) return;
  const { turn, conversation, stored } = found;
  const missing = Array.from({ length: turn.evaluationImages }, (_, number) => number).filter(
    (number) => !stored.has(number),
  );
  // All are waited for before an error is passed on, so that what is in flight gets committed.
  await whenAll(missing.map((number) => evaluateOnce(world, turn, conversation, number)));
}

async function evaluateOnce(
  world: CampaignWorld,
  turn: TurnRow,
  conversation: ConversationRow,
  number: number,
): Promise<void> {
  const seed = deriveSeed(conversation.seed, 'evaluation', turn.round, number);
  const requests: NewRequest[] = [];
  const common = { number, seed };
  const save = (entry: Omit<Parameters<typeof insertEvaluationImage>[1], 'turn'>) =>
    storing(() => insertEvaluationImage(world.store.database, { ...entry, turn }));
  try {
    const { drawing, image, verdict } = await drawAndJudge(world, {
      prompt: turn.prompt,
      category: conversation.category,
      seed,
      subject: 'evaluation image',
      number,
      priority: PRIORITY.evaluation,
      log: requests,
    });
    const reason = drawing.outcome === 'refused' ? drawing.reason : null;
    await save({
      row: { ...common, outcome: drawing.outcome, reason, createdAt: world.now() },
      image,
      verdicts: verdict?.rows ?? [],
      requests: [...requests, ...(verdict?.requests ?? [])],
    });
    world.progress.evaluationImageStored(turn.id, drawing.outcome, verdict?.combined);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    await save({
      row: { ...common, outcome: 'failed', failure: failureOf(error), createdAt: world.now() },
      image: undefined,
      verdicts: [],
      requests,
    });
    world.progress.evaluationImageStored(turn.id, 'failed', undefined);
    world.progress.problem(error.message);
  }
}

/** An error as it is recorded with what it made fail. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ArtError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
  return { code: 'STRATEGY_FAILED', message: error instanceof Error ? error.message : String(error) };
}
