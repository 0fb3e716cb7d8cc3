import { expect, it } from 'vitest';
import { promptHash } from '../store/prompt-embeddings.ts';
import { countedRecord } from './counted-fixtures.ts';
import { diversityRows } from './diversity.ts';

const record = countedRecord([
  { text: 'a fox in the snow' },
  { text: 'a boat on the sea', round: 1 },
  { text: 'a boat on the sea', round: 2 },
  { text: 'a lantern', category: 'garden' },
]);

const vectors = new Map([
  [promptHash('a fox in the snow'), Float32Array.of(1, 0)],
  [promptHash('a boat on the sea'), Float32Array.of(0, 2)],
  [promptHash('a lantern'), Float32Array.of(1, 0)],
]);

it('gives both measures as 1 − similarity, the same prompt as often as it was played', () => {
  expect(diversityRows(record, { revision: 'tiny', embedder: 'tiny one', vectors })).toEqual([
    // Of the three pairs one is alike.
    { category: 'weather', selfBleu: expect.any(Number), cosSim: 0.666667 },
    { category: 'garden', selfBleu: null, cosSim: null },
  ]);
});

it('has no CosSim where a prompt has no embedding', () => {
  const some = new Map([...vectors].slice(1));
  expect(diversityRows(record, undefined)[0]).toMatchObject({ cosSim: null });
  expect(diversityRows(record, { revision: 'tiny', embedder: 'tiny one', vectors: some })[0]).toMatchObject({
    cosSim: null,
  });
});
