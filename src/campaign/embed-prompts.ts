import { ModelError } from '../models/model-error.ts';
import type { Database } from '../store/open-store.ts';
import {
  countPrompts,
  insertPromptEmbeddings,
  listUnembeddedPrompts,
  promptDimensions,
  touchPromptEmbeddings,
  type UnembeddedPrompt,
} from '../store/prompt-embeddings.ts';
import { Interrupted } from './interrupted.ts';
import type { PromptEmbedder } from './prompt-embedder.ts';
import { storing } from './storing.ts';
import { whenAll } from './when-all.ts';

/** How far the embedding of a campaign's prompts is. */
export interface EmbeddingProgress {
  /** Different prompts that have a vector. */
  readonly done: number;
  /** Different prompts of the campaign. */
  readonly total: number;
}

/** How it ended. */
export interface EmbeddingOutcome extends EmbeddingProgress {
  readonly status: 'done' | 'interrupted';
  /** How many vectors were made now; the others were there. */
  readonly embedded: number;
}

/** Who stops and who hears of it. */
export interface EmbedPromptsOptions {
  /** When it aborts, what is in flight is finished and stored, and nothing new begins. */
  readonly stop?: AbortSignal;
  readonly onProgress?: (progress: EmbeddingProgress) => void;
  readonly now?: () => Date;
}

/**
 * Makes and stores the vectors of a campaign's prompts that this embedder has not made yet. Every batch is
 * committed as it comes, so that what was cut off goes on where it was.
 *
 * @throws {@link ModelError} or `WeightsError` when the embedder fails; {@link StoreError} when nothing can be
 *   recorded
 */
export async function embedPrompts(
  database: Database,
  campaignId: string,
  embedder: PromptEmbedder,
  { stop, onProgress, now = () => new Date() }: EmbedPromptsOptions = {},
): Promise<EmbeddingOutcome> {
  const { name, revision, batchSize, concurrency } = embedder;
  const total = await storing(() => countPrompts(database, campaignId));
  const missing = await storing(() => listUnembeddedPrompts(database, campaignId, revision));
  let dimensions = await storing(() => promptDimensions(database, revision));
  const before = total - missing.length;
  let embedded = 0;
  const halt = new AbortController();
  const ending = stop === undefined ? halt.signal : AbortSignal.any([stop, halt.signal]);

  const embedBatch = async (batch: readonly UnembeddedPrompt[]) => {
    const vectors = await embedder.embed(
      batch.map(({ prompt }) => prompt),
      ending,
    );
    const entries = batch.flatMap(({ hash }, place) => {
      const vector = vectors[place];
      if (vector === undefined) return [];
      dimensions ??= vector.length;
      if (vector.length !== dimensions) throw changedModel(embedder.name, dimensions, vector.length);
      return [[hash, vector] as const];
    });
    await storing(() =>
      insertPromptEmbeddings(database, {
        revision,
        embedder: name,
        vectors: new Map(entries),
        embeddedAt: now(),
      }),
    );
    embedded += entries.length;
    onProgress?.({ done: before + embedded, total });
  };
  let next = 0;
  const work = async () => {
    try {
      while (next < missing.length && !ending.aborted) {
        const batch = missing.slice(next, next + batchSize);
        next += batch.length;
        await embedBatch(batch);
      }
    } catch (error) {
      if (error instanceof Interrupted) return;
      halt.abort();
      throw error;
    }
  };
  if (missing.length > 0) onProgress?.({ done: before, total });
  await whenAll(Array.from({ length: concurrency }, work));
  const done = before + embedded;
  // What others had embedded since, or this one long ago, counts as of now.
  if (done === total) {
    const last = { revision, embedder: name, embeddedAt: now() };
    await storing(() => touchPromptEmbeddings(database, campaignId, last));
  }
  return { status: done < total ? 'interrupted' : 'done', done, total, embedded };
}

/** Vectors of different lengths cannot be compared. */
function changedModel(name: string, before: number, now: number): ModelError {
  return new ModelError({
    code: 'BAD_ANSWER',
    message: `The embedder ${name} gave vectors of ${before} numbers before, and now of ${now}: its model has changed.`,
    hint: 'Give the other model another name in the configuration.',
    retryable: false,
    data: { before, now },
  });
}
