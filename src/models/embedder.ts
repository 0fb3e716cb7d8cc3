import type { EmbeddingModelV4 } from '@ai-sdk/provider';
import { embedMany } from 'ai';
import { z } from 'zod';
import type { TargetConfig } from '../config/schema.ts';
import { toModelError } from './failures.ts';
import { callTelemetry, providerOptionsOf } from './generation.ts';
import { ModelError } from './model-error.ts';
import type { Call } from './types.ts';

/** Turns texts into vectors whose cosine says how near their meanings are. */
export interface Embedder {
  /**
   * One vector a text, in the same order and all of the same length.
   *
   * @param call runs the request: with limits and retries in the engine, directly in `art doctor`
   * @throws {@link ModelError} when the server could not be reached or did not answer with vectors
   */
  embed(texts: readonly string[], call: Call): Promise<Float32Array[]>;
}

/**
 * Makes an embedder from an embedding model at a server. One call of `embed` is one request.
 *
 * @param config of the embedder; its `providerOptions` are handed on, e.g. `{ dimensions: 256 }`
 */
export function createEmbedder(
  model: EmbeddingModelV4,
  config: Pick<TargetConfig, 'provider' | 'baseURL' | 'apiKeyEnv' | 'providerOptions'>,
): Embedder {
  const { provider, baseURL: url, apiKeyEnv } = config;
  const options = z.record(z.string(), z.json()).parse(config.providerOptions ?? {});
  return {
    embed: (texts, call) =>
      call(async ({ signal, report }) => {
        try {
          const { embeddings, usage } = await embedMany({
            model,
            values: [...texts],
            // One policy for retries, and one place to look: the engine's.
            maxRetries: 0,
            abortSignal: signal,
            telemetry: callTelemetry(),
            providerOptions: providerOptionsOf(model, options),
          });
          if (Number.isFinite(usage.tokens)) report({ inputTokens: usage.tokens });
          return vectorsOf(embeddings, provider);
        } catch (error) {
          throw toModelError(error, { role: 'embedder', provider, url, apiKeyEnv });
        }
      }),
  };
}

/** The vectors of an answer, checked: of one length, of numbers that can be reckoned with. */
function vectorsOf(embeddings: readonly (readonly number[])[], provider: string): Float32Array[] {
  const bad = (what: string) =>
    new ModelError({
      code: 'BAD_ANSWER',
      message: `The embedder (${provider}) answered with ${what}.`,
      hint: 'Is it an embedding model?',
      retryable: false,
      data: { provider },
    });
  const [first] = embeddings;
  return embeddings.map((numbers) => {
    const vector = Float32Array.from(numbers);
    if (vector.length === 0) throw bad('an empty vector');
    if (vector.length !== first?.length) throw bad('vectors of different lengths');
    if (!vector.every(Number.isFinite)) throw bad('a vector of values that are no numbers');
    return vector;
  });
}
