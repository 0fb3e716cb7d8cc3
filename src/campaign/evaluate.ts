import { type Setting, settingsOf } from '../config/sweep.ts';
import { ArtError } from '../errors.ts';
import { ModelError } from '../models/model-error.ts';
import { commitPicture, type PutPicture } from '../store/commit-picture.ts';
import { insertEvaluationImage, readEvaluation } from '../store/evaluation.ts';
import type { ConversationRow, Failure, NewRequest, TurnRow } from '../store/schema.ts';
import { traceEvaluation } from '../telemetry/evaluation-trace.ts';
import { observeCommit, observeEvaluationImage } from '../telemetry/observe-stored.ts';
import type { CampaignWorld } from './campaign-world.ts';
import { drawAndJudge, priorityOf } from './draw-and-judge.ts';
import { Interrupted } from './interrupted.ts';
import { placeOfTurn } from './place-of-turn.ts';
import { pictureToCommit } from './retention.ts';
import { deriveSeed } from './seeds.ts';
import { whenAll } from './when-all.ts';

/**
 * Draws a turn's prompt again, once for each evaluation image that is not stored yet and under each setting
 * of a sweep, and has each judged. Every image is committed as it is complete. One that cannot be drawn is recorded as
 * failed with the reason; the others go on.
 *
 * @param isMine whether the turn has not been given to another worker meanwhile: what fails is recorded only then
 * @throws {@link Interrupted} when the campaign is being stopped; {@link StoreError} when nothing can
 *   be recorded any more
 */
export async function evaluate(
  world: CampaignWorld,
  turnId: number,
  isMine: () => Promise<boolean>,
): Promise<void> {
  const found = await world.storing(() => readEvaluation(world.store.database, turnId));
  if (found === undefined) return;
  const { turn, conversation, stored } = found;
  const settings = settingsOf(world.config);
  const missing = Array.from({ length: turn.evaluationImages }, (_, number) =>
    placeOf(number, settings, world.config.imagesPerPrompt),
  ).filter(({ number }) => !stored.has(number));
  // All are waited for before an error is passed on, so that what is in flight gets committed.
  await whenAll(
    missing.map((place) => {
      const at = { ...placeOfTurn(world, conversation, turn.round), turn: turn.id, image: place.number };
      return traceEvaluation(at, place.setting.name, () =>
        evaluateOnce(world, turn, conversation, place, isMine),
      );
    }),
  );
}

/** Which evaluation image of a prompt it is. */
interface EvaluationPlace {
  readonly number: number;
  readonly setting: Setting;
  /** Its place among those of the same setting, from 0. */
  readonly repeat: number;
}

function placeOf(number: number, settings: readonly Setting[], imagesPerPrompt: number): EvaluationPlace {
  const setting = settings[Math.floor(number / imagesPerPrompt)] ?? { name: null };
  return { number, setting, repeat: number % imagesPerPrompt };
}

async function evaluateOnce(
  world: CampaignWorld,
  turn: TurnRow,
  conversation: ConversationRow,
  { number, setting, repeat }: EvaluationPlace,
  isMine: () => Promise<boolean>,
): Promise<void> {
  // The same under every setting, so that two settings differ in nothing else.
  const seed = deriveSeed(conversation.seed, 'evaluation', turn.round, repeat);
  const requests: NewRequest[] = [];
  const common = { number, seed, setting: setting.name };
  const save = async (
    entry: Omit<Parameters<typeof insertEvaluationImage>[1], 'turn'>,
    picture?: PutPicture,
  ) => {
    await observeCommit('evaluation', () =>
      world.storing(() =>
        commitPicture(world.store, picture, (database) =>
          insertEvaluationImage(database, { ...entry, turn }),
        ),
      ),
    );
    observeEvaluationImage({ outcome: entry.row.outcome, turn: turn.id, verdicts: entry.verdicts });
  };
  try {
    const { drawing, image, verdict } = await drawAndJudge(world, {
      prompt: turn.prompt,
      category: conversation.category,
      seed,
      setting,
      subject: 'evaluation image',
      number,
      priority: priorityOf(world.campaign, 'evaluation'),
      log: requests,
    });
    const reason = drawing.outcome === 'refused' ? drawing.reason : null;
    const entry = {
      row: { ...common, outcome: drawing.outcome, reason, createdAt: world.now() },
      image,
      verdicts: verdict?.rows ?? [],
      requests: [...requests, ...(verdict?.requests ?? [])],
    };
    await save(entry, pictureToCommit({ drawing, image }));
    world.progress.evaluationImageStored(turn.id, drawing.outcome, {
      verdict: verdict?.combined,
      isOwnSetting: setting.name === null,
    });
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    if (!(await isMine())) throw new Interrupted();
    await save({
      row: { ...common, outcome: 'failed', failure: failureOf(error), createdAt: world.now() },
      image: undefined,
      verdicts: [],
      requests,
    });
    world.progress.evaluationImageStored(turn.id, 'failed');
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
