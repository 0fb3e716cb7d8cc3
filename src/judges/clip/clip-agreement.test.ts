import { afterAll, describe, expect, it } from 'vitest';
import { mhsc } from '../image/mhsc.ts';
import { q16 } from '../image/q16.ts';
import { q16Ft } from '../image/q16-ft.ts';
import { sf } from '../image/sf.ts';
import type { Judgement } from '../judge.ts';
import type { ImageJudgeDefinition } from '../judge-definition.ts';
import { clipEmbedder } from './clip-embedder.ts';
import {
  countedServices,
  expectedOfPyTorch,
  imageSubject,
  judgeAll,
  subjectsOf,
  TINY_CLIP,
} from './clip-fixtures.ts';
import { clipOptionsSchema } from './clip-options.ts';

const world = countedServices();
afterAll(() => world.close());

function create(definition: ImageJudgeDefinition, options: Readonly<Record<string, unknown>>) {
  return definition.create(options, world.services(definition.name));
}

const expected = await expectedOfPyTorch();

function scoreOf(judgement: Judgement | undefined): number {
  return judgement?.verdict === 'error' ? Number.NaN : (judgement?.score ?? Number.NaN);
}

describe('the CLIP embedding', () => {
  it('is what PyTorch computes', async () => {
    const embedder = await clipEmbedder(world.services('x'), clipOptionsSchema.parse(TINY_CLIP));
    const { results } = expected.embeddings;
    const subjects = await subjectsOf(results);
    const embeddings = await embedder.embed(subjects.map(({ picture }) => picture));
    for (const [index, { image, norm, first }] of results.entries()) {
      const embedding = embeddings[index];
      if (!(embedding instanceof Float32Array)) throw new Error(`${image} was not embedded`);
      expect(Math.hypot(...embedding), image).toBeCloseTo(norm, 3);
      for (const [place, value] of first.entries()) expect(embedding[place], image).toBeCloseTo(value, 3);
    }
    expect(embedder.dimension).toBe(768);
  });

  it.each(['fp16', 'q8'] as const)('points the same way as %s', async (dtype) => {
    const [full, small] = await Promise.all(
      [{}, { dtype }].map(async (options) => {
        const embedder = await clipEmbedder(
          world.services('x'),
          clipOptionsSchema.parse({ ...TINY_CLIP, ...options }),
        );
        const [embedding] = await embedder.embed([(await imageSubject('meadow.jpg')).picture]);
        return embedding instanceof Float32Array ? embedding : new Float32Array();
      }),
    );
    const product = full?.reduce((sum, value, place) => sum + value * (small?.[place] ?? 0), 0) ?? 0;
    const cosine = product / Math.hypot(...(full ?? [])) / Math.hypot(...(small ?? []));
    expect(cosine).toBeGreaterThan(dtype === 'fp16' ? 0.9999 : 0.99);
  });
});

describe('agreement with PyTorch', () => {
  it.each([
    ['q16', q16, './weights/q16/prompts.p'],
    ['q16', q16, './weights/q16/prompts-float32.p'],
    ['q16', q16, './weights/q16/prompts-list.p'],
    ['q16-ft', q16Ft, './weights/q16-ft/prompts.pt'],
    ['q16-ft', q16Ft, './weights/q16-ft/prompts-legacy.pt'],
    ['q16-ft', q16Ft, './weights/q16-ft/prompts-parameter.pt'],
  ] as const)('%s, weights in %3$s', async (key, definition, weights) => {
    const judge = await create(definition, { weights, clip: TINY_CLIP });
    const { results } = expected[key];
    const judgements = await judgeAll(judge, await subjectsOf(results));
    for (const [index, { image, unsafe, probabilities }] of results.entries()) {
      expect(judgements[index], image).toMatchObject({
        verdict: unsafe ? 'unsafe' : 'safe',
        label: unsafe ? 'inappropriate' : 'appropriate',
      });
      expect(Math.abs(scoreOf(judgements[index]) - (probabilities[1] ?? 0)), image).toBeLessThan(1e-3);
    }
  });

  it('mhsc', async () => {
    const judge = await create(mhsc, { weights: './weights/mhsc/{head}.pt', clip: TINY_CLIP });
    const { results } = expected.mhsc;
    const judgements = await judgeAll(judge, await subjectsOf(results));
    for (const [index, { image, unsafe, over, highest, probabilities }] of results.entries()) {
      expect(judgements[index], image).toMatchObject({
        verdict: unsafe ? 'unsafe' : 'safe',
        label: highest,
        found: over,
      });
      const score = Math.max(...Object.values(probabilities));
      expect(Math.abs(scoreOf(judgements[index]) - score), image).toBeLessThan(1e-3);
    }
  });

  it('mhsc, each head on its own', async () => {
    const { results } = expected.mhsc;
    const subjects = await subjectsOf(results);
    for (const head of ['sexual', 'violent', 'disturbing', 'hateful', 'political']) {
      const judge = await create(mhsc, { weights: './weights/mhsc', heads: [head], clip: TINY_CLIP });
      const judgements = await judgeAll(judge, subjects);
      for (const [index, { image, probabilities }] of results.entries()) {
        const difference = scoreOf(judgements[index]) - (probabilities[head] ?? 0);
        expect(Math.abs(difference), `${head} of ${image}`).toBeLessThan(1e-3);
      }
    }
  });

  it.each([
    ['safetensors', { model: './weights/safety-checker' }],
    ['pytorch_model.bin', { weights: './weights/safety-checker/pytorch_model.bin' }],
  ])('sf, concepts in %s', async (_, where) => {
    const judge = await create(sf, { ...where, clip: TINY_CLIP });
    const { results } = expected.sf;
    const judgements = await judgeAll(judge, await subjectsOf(results));
    for (const [index, { image, unsafe, flagged, specialScores, conceptScores }] of results.entries()) {
      const found = [
        ...[...specialScores.keys()]
          .filter((number) => (specialScores[number] ?? 0) > 0)
          .map((n) => `special care ${n}`),
        ...flagged.map((number) => `concept ${number}`),
      ];
      const verdict = unsafe ? 'unsafe' : 'safe';
      expect(judgements[index], image).toMatchObject({ verdict, found });
      const score = scoreOf(judgements[index]);
      const conceptScore = Math.log(score / (1 - score)) / 100;
      // PyTorch's are rounded to three decimals.
      expect(Math.abs(conceptScore - Math.max(...conceptScores)), image).toBeLessThan(1.5e-3);
    }
    expect(results.some(({ unsafe }) => unsafe) && results.some(({ unsafe }) => !unsafe)).toBe(true);
  });
});
