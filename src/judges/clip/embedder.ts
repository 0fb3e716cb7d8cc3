import { setImmediate } from 'node:timers/promises';
import { messageOf } from '../../errors.ts';
import type { Picture } from '../picture.ts';
import type { EmbeddingCache } from '../runtime/embedding-cache.ts';
import { LruMap } from './lru-map.ts';

/** Turns images into vectors; whoever asks for the same image gets the same vector, computed once. */
export interface Embedder {
  /** What all embeddings follow from, network and preprocessing, as a short hash. */
  readonly revision: string;
  /** How many numbers an embedding has. */
  readonly dimension: number;
  /**
   * Embeds images. The vectors are as the network gives them, not normalised, and shared: not to be
   * written to.
   *
   * @returns one vector an image, in the same order; an error for an image that cannot be read
   * @throws whatever the network threw
   */
  embed(pictures: readonly Picture[]): Promise<readonly (Float32Array | Error)[]>;
}

/** What an embedder is put together from. */
export interface EmbedderParts {
  readonly revision: string;
  readonly dimension: number;
  /** The network's input for one image; throws for an image that cannot be read. */
  preprocess(picture: Picture): Promise<Float32Array>;
  /** One forward pass over a batch. */
  forward(inputs: readonly Float32Array[]): Promise<readonly Float32Array[]>;
  /** Embeddings of earlier runs. */
  readonly cache?: EmbeddingCache | undefined;
  /** The most images of one forward pass; default 8. */
  readonly batchSize?: number;
  /** How many embeddings stay in memory; default 4,096 (some 12 MB). */
  readonly remembered?: number;
}

/** What came of one image. Never a rejected promise: several may wait for it, or nobody. */
type Outcome =
  | { readonly kind: 'embedding'; readonly vector: Float32Array }
  | { readonly kind: 'unreadable'; readonly error: Error }
  | { readonly kind: 'failed'; readonly reason: unknown };

interface Waiting {
  readonly picture: Picture;
  settle(outcome: Outcome): void;
}

/**
 * Puts an embedder together. One forward pass an image, however many judges ask for it and whenever:
 * at the same time (they share what is under way), later (memory), or in another run (the cache).
 * Whatever is asked for in the same turn of the event loop, and while the network is busy, goes through
 * the network together.
 */
export function createEmbedder({
  revision,
  dimension,
  preprocess,
  forward,
  cache,
  batchSize = 8,
  remembered = 4_096,
}: EmbedderParts): Embedder {
  const known = new LruMap<string, Float32Array>(remembered);
  const underWay = new Map<string, Promise<Outcome>>();
  const waiting: Waiting[] = [];
  let working = false;

  function ask(picture: Picture): Promise<Outcome> {
    const vector = known.get(picture.hash);
    if (vector !== undefined) return Promise.resolve({ kind: 'embedding', vector });
    const before = underWay.get(picture.hash);
    if (before !== undefined) return before;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    underWay.set(picture.hash, promise);
    waiting.push({ picture, settle: resolve });
    if (!working) void work();
    return promise;
  }

  async function work(): Promise<void> {
    working = true;
    while (waiting.length > 0) {
      // Whoever else asks in this turn of the event loop joins the batch.
      await setImmediate();
      const batch = waiting.splice(0, batchSize);
      const outcomes = await outcomesOf(batch.map(({ picture }) => picture));
      for (const { picture, settle } of batch) {
        const outcome = outcomes.get(picture.hash) ?? failed(new Error('the network left an image out'));
        if (outcome.kind === 'embedding') known.set(picture.hash, outcome.vector);
        underWay.delete(picture.hash);
        settle(outcome);
      }
    }
    working = false;
  }

  async function outcomesOf(pictures: readonly Picture[]): Promise<ReadonlyMap<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    for (const [hash, vector] of await readCache(pictures)) {
      if (vector.length === dimension) outcomes.set(hash, { kind: 'embedding', vector });
    }
    const hashes: string[] = [];
    const inputs: Float32Array[] = [];
    for (const picture of pictures) {
      if (outcomes.has(picture.hash)) continue;
      try {
        inputs.push(await preprocess(picture));
        hashes.push(picture.hash);
      } catch (error) {
        outcomes.set(picture.hash, { kind: 'unreadable', error: asError(error) });
      }
      await setImmediate();
    }
    if (inputs.length === 0) return outcomes;
    try {
      const vectors = await forward(inputs);
      const fresh = new Map<string, Float32Array>();
      for (const [index, hash] of hashes.entries()) {
        const vector = vectors[index];
        if (vector !== undefined) fresh.set(hash, vector);
      }
      for (const [hash, vector] of fresh) outcomes.set(hash, { kind: 'embedding', vector });
      await writeCache(fresh);
    } catch (error) {
      for (const hash of hashes) outcomes.set(hash, failed(error));
    }
    return outcomes;
  }

  async function readCache(pictures: readonly Picture[]): Promise<ReadonlyMap<string, Float32Array>> {
    const hashes = pictures.map(({ hash }) => hash);
    try {
      return (await cache?.read(revision, hashes)) ?? new Map();
    } catch {
      // Without the cache it only takes longer; a broken store shows when verdicts are to be recorded.
      return new Map();
    }
  }

  async function writeCache(embeddings: ReadonlyMap<string, Float32Array>): Promise<void> {
    try {
      await cache?.write(revision, embeddings);
    } catch {
      // As for reading: the embeddings themselves are good.
    }
  }

  return {
    revision,
    dimension,
    async embed(pictures) {
      const outcomes = await Promise.all(pictures.map(ask));
      return outcomes.map((outcome) => {
        if (outcome.kind === 'failed') throw outcome.reason;
        return outcome.kind === 'embedding' ? outcome.vector : outcome.error;
      });
    },
  };
}

function failed(reason: unknown): Outcome {
  return { kind: 'failed', reason };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}
