import type { EmbeddingModelV4 } from '@ai-sdk/provider';
import { expect, test } from 'vitest';
import { createEmbedder } from './embedder.ts';
import type { Usage } from './types.ts';

/** A model that answers so. */
function modelOf(doEmbed: EmbeddingModelV4['doEmbed']): EmbeddingModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'test.embedding',
    modelId: 'm',
    maxEmbeddingsPerCall: 100,
    supportsParallelCalls: true,
    doEmbed,
  };
}

async function embed(texts: readonly string[], doEmbed: EmbeddingModelV4['doEmbed'], providerOptions = {}) {
  const usage: Usage[] = [];
  const embedder = createEmbedder(modelOf(doEmbed), { provider: 'test', providerOptions });
  const vectors = await embedder.embed(texts, (request) =>
    request({ signal: new AbortController().signal, report: (used) => usage.push(used) }),
  );
  return { vectors, usage };
}

test('gives a vector a text, hands the options on and tells what was used', async () => {
  const asked: unknown[] = [];
  const { vectors, usage } = await embed(
    ['a', 'bc'],
    async ({ values, providerOptions }) => {
      asked.push({ values, providerOptions });
      return { embeddings: values.map(({ length }) => [length, 0.5]), usage: { tokens: 7 }, warnings: [] };
    },
    { dimensions: 2 },
  );
  expect(vectors).toEqual([new Float32Array([1, 0.5]), new Float32Array([2, 0.5])]);
  expect(usage).toEqual([{ inputTokens: 7 }]);
  expect(asked).toEqual([{ values: ['a', 'bc'], providerOptions: { test: { dimensions: 2 } } }]);
});

test.each([
  [[[1, 2], [1]], 'vectors of different lengths'],
  [[[], []], 'an empty vector'],
  [[[1e39], [1]], 'a vector of values that are no numbers'],
])('an answer of %j is refused', async (embeddings, what) => {
  await expect(embed(['a', 'b'], async () => ({ embeddings, warnings: [] }))).rejects.toMatchObject({
    code: 'BAD_ANSWER',
    retryable: false,
    message: `The embedder (test) answered with ${what}.`,
  });
});

test('nor is one of too few vectors taken', async () => {
  await expect(embed(['a', 'b'], async () => ({ embeddings: [[1]], warnings: [] }))).rejects.toMatchObject({
    code: 'BAD_ANSWER',
    message: expect.stringContaining('embedder (test)'),
  });
});
