import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fixturePath, folderStore, readExpected } from '../classifiers/classifier-fixtures.ts';
import { createJudgeRuntime } from './onnx-runtime.ts';
import { createSentenceEmbedder, type SentenceEmbedder } from './sentence-embedder.ts';

const MINILM = fileURLToPath(new URL('../../../models-local/all-MiniLM-L6-v2', import.meta.url));
const runtime = createJudgeRuntime('/');
afterAll(() => runtime.close());

async function open(folder: string) {
  const { store } = folderStore({ m: folder });
  return createSentenceEmbedder(await store.open({ model: 'm' }, 'The test'), runtime, {
    neededBy: 'The test',
    maxTokens: 256,
  });
}

test('a classifier is no embedder', async () => {
  await expect(open(fixturePath('models/tiny-roberta-toxicity'))).rejects.toMatchObject({
    code: 'WRONG_ARCHITECTURE',
    message: expect.stringContaining('gives no vector a token'),
  });
});

// Made by tools/fixtures/export-minilm.py; git does not hold it.
describe.skipIf(!existsSync(MINILM))('all-MiniLM-L6-v2, if models-local/ has it', () => {
  const schema = z.object({
    results: z.array(
      z.object({ text: z.string(), inputIds: z.array(z.number()), embedding: z.array(z.number()) }),
    ),
  });

  let embedder: SentenceEmbedder;
  beforeAll(async () => {
    embedder = await open(MINILM);
  });

  test('embeds as PyTorch does, in a batch and one by one', async () => {
    const { results } = readExpected('minilm', (json) => schema.parse(json));
    expect(embedder.dimensions).toBe(384);
    const vectors = await embedder.embed(results.map(({ text }) => text));
    for (const [index, { embedding }] of results.entries())
      expect(furthest(vectors[index], embedding)).toBeLessThan(1e-5);
    const [alone] = await embedder.embed([results[0]?.text ?? '']);
    expect(furthest(vectors[0], alone)).toBeLessThan(1e-5);
  });

  test('near meanings are near', async () => {
    const [cat, kitten, train] = await embedder.embed([
      'a cat asleep on a sofa',
      'a kitten napping on the couch',
      'the timetable of the night train',
    ]);
    expect(dot(cat, kitten)).toBeGreaterThan(0.6);
    expect(dot(cat, train)).toBeLessThan(0.2);
    expect(dot(cat, cat)).toBeCloseTo(1, 5);
  });

  test('an endless text counts by its beginning, an empty one has a vector', async () => {
    const [endless, longer, empty] = await embedder.embed(['sea '.repeat(300), 'sea '.repeat(25_000), '']);
    expect(furthest(endless, longer ?? [])).toBe(0);
    expect(dot(empty, empty)).toBeCloseTo(1, 5);
  });
});

function furthest(one: ArrayLike<number> = [], other: ArrayLike<number> = []): number {
  return Math.max(...Array.from(one, (number, index) => Math.abs(number - (other[index] ?? Number.NaN))));
}

function dot(one: Float32Array = new Float32Array(), other: Float32Array = new Float32Array()): number {
  return one.reduce((sum, number, index) => sum + number * (other[index] ?? 0), 0);
}
