import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { PromptJudgeDefinition } from '../judge-definition.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { nsfwP } from '../prompt/nsfw-p.ts';
import { tcd } from '../prompt/tcd.ts';
import { td } from '../prompt/td.ts';
import { textClassifier } from '../prompt/text-classifier.ts';
import { aCall, aPrompt, fixturePath, folderStore, readExpected } from './classifier-fixtures.ts';

const REPOSITORIES = {
  's-nlp/roberta_toxicity_classifier': fixturePath('models/tiny-roberta-toxicity'),
  'AdamCodd/distilroberta-nsfw-prompt-stable-diffusion': fixturePath('models/tiny-distilroberta-nsfw-prompt'),
  'martin-ha/toxic-comment-model': fixturePath('models/tiny-distilbert-toxic-comment'),
  'a/multi': fixturePath('models/tiny-bert-multi'),
};
const expectedSchema = z.record(
  z.string(),
  z.object({
    labels: z.array(z.string()),
    results: z.array(z.object({ text: z.string(), probabilities: z.array(z.number()), label: z.string() })),
  }),
);
const expected = readExpected('text-models', (json) => expectedSchema.parse(json));

const folder = mkdtempSync(join(tmpdir(), 'art-text-classifier-'));
const { store } = folderStore({ ...REPOSITORIES, './mine': folder, './large': join(folder, 'large') });
const services = judgeServices({ judgeName: 'x', weights: store });
afterAll(async () => {
  await services.runtime.close();
  rmSync(folder, { recursive: true, force: true });
});

const create = (definition: PromptJudgeDefinition, options: object = {}) =>
  definition.create(options, services);
const verdictsOf = async (judge: Awaited<ReturnType<typeof create>>, texts: readonly string[]) =>
  judge.judge(texts.map(aPrompt), aCall);

describe.each([
  ['td', td, 'tiny-roberta-toxicity', 'neutral'],
  ['nsfw-p', nsfwP, 'tiny-distilroberta-nsfw-prompt', 'SFW'],
  ['tcd', tcd, 'tiny-distilbert-toxic-comment', 'non-toxic'],
])('%s', (_, definition, model, safeLabel) => {
  const { labels, results } = expected[model] ?? { labels: [], results: [] };
  const texts = results.map(({ text }) => text);

  test('agrees with PyTorch, in a batch and one by one', async () => {
    const judge = await create(definition);
    const batch = await verdictsOf(judge, texts);
    for (const [index, { text, probabilities, label }] of results.entries()) {
      const score = 1 - (probabilities[labels.indexOf(safeLabel)] ?? 0);
      expect(batch[index]).toMatchObject({
        label,
        verdict: label === safeLabel ? 'safe' : 'unsafe',
        score: expect.closeTo(score, 4),
      });
      const [alone] = await verdictsOf(judge, [text]);
      if (alone?.verdict === 'error') throw new Error(alone.error.message);
      expect(batch[index]).toEqual({ ...alone, score: expect.closeTo(alone?.score ?? 0, 5) });
    }
    // Else the agreement would be that of a judge which always says the same.
    expect(new Set(batch.map(({ verdict }) => verdict)).size).toBe(2);
  });

  test('has a revision, that of its settings', async () => {
    const one = await create(definition);
    expect(one.name).toBe('x');
    expect((await create(definition)).revision).toBe(one.revision);
    expect((await create(definition, { threshold: 0.4 })).revision).not.toBe(one.revision);
  });
});

describe('text-classifier', () => {
  test('judges labels that can hold together', async () => {
    const { labels, results } = expected['tiny-bert-multi'] ?? { labels: [], results: [] };
    const [safeLabel = '', ...others] = labels;
    const judge = await create(textClassifier, { model: 'a/multi', safeLabels: [safeLabel] });
    const judgements = await verdictsOf(
      judge,
      results.map(({ text }) => text),
    );
    for (const [index, { probabilities, label }] of results.entries()) {
      const score = Math.max(...others.map((other) => probabilities[labels.indexOf(other)] ?? 0));
      expect(judgements[index]).toMatchObject({
        label,
        score: expect.closeTo(score, 4),
        verdict: score >= 0.5 ? 'unsafe' : 'safe',
      });
    }
  });

  test.each([
    ['fp16', 2],
    ['q8', 1],
  ])('runs weights of %s', async (dtype, digits) => {
    const { results } = expected['tiny-roberta-toxicity'] ?? { results: [] };
    const judge = await create(td, { dtype });
    const texts = results.map(({ text }) => text);
    const batch = await verdictsOf(judge, texts);
    for (const [index, { text, probabilities }] of results.entries()) {
      expect(batch[index]).toMatchObject({ score: expect.closeTo(probabilities[1] ?? 0, digits) });
      const [alone] = await verdictsOf(judge, [text]);
      if (alone?.verdict === 'error') throw new Error(alone.error.message);
      expect(batch[index]).toMatchObject({ score: expect.closeTo(alone?.score ?? 0, 3) });
    }
    expect(judge.revision).not.toBe((await create(td)).revision);
  });

  test('takes empty, endless and foreign texts', async () => {
    const judge = await create(td);
    const judgements = await verdictsOf(judge, [
      '',
      'so '.repeat(33_334),
      '🎈',
      'עץ \u{202e} قطة',
      '\u{d800}',
    ]);
    expect(judgements.map(({ verdict }) => verdict)).not.toContain('error');
    expect(judgements[1]).toMatchObject({
      found: [expect.stringMatching(/^judged by the first 512 of \d{5,} tokens$/)],
    });
    expect(judgements[0]).not.toHaveProperty('found');
  });
});

test('a network with weights in a second file has the revision of both', async () => {
  cpSync(fixturePath('models/tiny-roberta-toxicity'), join(folder, 'large'), { recursive: true });
  const revisions: (string | undefined)[] = [];
  for (const data of ['one', 'other']) {
    writeFileSync(join(folder, 'large/onnx/model.onnx_data'), data);
    revisions.push((await create(td, { model: './large' })).revision);
  }
  expect(new Set([(await create(td)).revision, ...revisions]).size).toBe(3);
});

describe('in words', () => {
  test('options that contradict each other', async () => {
    for (const options of [
      { model: 'a/multi' },
      { model: 'a/multi', safeLabels: ['a'], unsafeLabels: ['b'] },
    ]) {
      await expect(create(textClassifier, options)).rejects.toMatchObject({
        code: 'WRONG_JUDGE_OPTIONS',
        message: expect.stringContaining('either safeLabels or unsafeLabels'),
      });
    }
    await expect(create(td, { safelabels: ['neutral'] })).rejects.toMatchObject({
      code: 'WRONG_JUDGE_OPTIONS',
    });
  });

  test('a label that the model does not have', async () => {
    await expect(create(td, { unsafeLabels: ['toxicc'] })).rejects.toMatchObject({
      code: 'UNKNOWN_LABEL',
      message: 'The judge x: s-nlp/roberta_toxicity_classifier has no label "toxicc"; did you mean toxic?',
    });
  });

  test('a model of images', async () => {
    cpSync(fixturePath('models/tiny-roberta-toxicity'), folder, { recursive: true });
    cpSync(fixturePath('models/tiny-vit-nsfw/onnx/model.onnx'), join(folder, 'onnx/model.onnx'));
    await expect(create(td, { model: './mine' })).rejects.toMatchObject({
      code: 'WRONG_ARCHITECTURE',
      message: expect.stringMatching(
        /^The judge x: .*model\.onnx is no network for texts: it takes pixel_values/,
      ),
    });
  });

  test('a network of another model', async () => {
    cpSync(fixturePath('models/tiny-roberta-toxicity'), folder, { recursive: true });
    cpSync(fixturePath('models/tiny-bert-multi/onnx/model.onnx'), join(folder, 'onnx/bert.onnx'));
    // It has a vocabulary of its own size, labels of its own number, or takes token types.
    await expect(create(td, { model: './mine', file: 'onnx/bert.onnx' })).rejects.toMatchObject({
      code: 'WRONG_ARCHITECTURE',
    });
  });

  test('a damaged network', async () => {
    cpSync(fixturePath('models/tiny-roberta-toxicity'), folder, { recursive: true });
    writeFileSync(join(folder, 'onnx/broken.onnx'), 'not a network');
    await expect(create(td, { model: './mine', file: 'onnx/broken.onnx' })).rejects.toMatchObject({
      code: 'WEIGHTS_UNREADABLE',
      message: expect.stringContaining('broken.onnx'),
    });
  });
});
