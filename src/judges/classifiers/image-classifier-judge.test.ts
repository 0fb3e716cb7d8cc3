import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { imageClassifier } from '../image/image-classifier.ts';
import { nsfwI1 } from '../image/nsfw-i-1.ts';
import { nsfwI2 } from '../image/nsfw-i-2.ts';
import type { ImageJudge, ImageSubject, Judgement } from '../judge.ts';
import type { ImageJudgeDefinition } from '../judge-definition.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { Picture } from '../picture.ts';
import { aCall, fixturePath, folderStore, readExpected } from './classifier-fixtures.ts';

const expectedSchema = z.record(
  z.string(),
  z.object({
    labels: z.array(z.string()),
    results: z.array(z.object({ image: z.string(), probabilities: z.array(z.number()), label: z.string() })),
  }),
);
const expected = readExpected('image-models', (json) => expectedSchema.parse(json));

const folder = mkdtempSync(join(tmpdir(), 'art-image-classifier-'));
const { store } = folderStore({
  'Falconsai/nsfw_image_detection': fixturePath('models/tiny-vit-nsfw'),
  'sanali209/nsfwfilter': fixturePath('models/tiny-vit-nsfwfilter'),
  './mine': folder,
  './large': join(folder, 'large'),
});
const services = judgeServices({ judgeName: 'x', weights: store });
afterAll(async () => {
  await services.runtime.close();
  rmSync(folder, { recursive: true, force: true });
});

const create = (definition: ImageJudgeDefinition, options: object = {}) =>
  definition.create(options, services);
const anImage = (bytes: Uint8Array): ImageSubject => ({
  kind: 'image',
  picture: new Picture(bytes),
  category: 'shocking',
});
const fixture = (name: string) => anImage(readFileSync(fixturePath(`images/${name}`)));

/** The judgements of any number of images, in batches as the engine gathers them. */
async function judgeAll(judge: ImageJudge, subjects: readonly ImageSubject[]): Promise<Judgement[]> {
  const judgements: Judgement[] = [];
  for (let start = 0; start < subjects.length; start += judge.batchSize)
    judgements.push(...(await judge.judge(subjects.slice(start, start + judge.batchSize), aCall)));
  return judgements;
}

describe.each([
  ['nsfw-i-1', nsfwI1, 'tiny-vit-nsfw', 'normal'],
  ['nsfw-i-2', nsfwI2, 'tiny-vit-nsfwfilter', 'safe'],
])('%s', (_, definition, model, safeLabel) => {
  test('agrees with PyTorch, in a batch and one by one', async () => {
    const { labels, results } = expected[model] ?? { labels: [], results: [] };
    const judge = await create(definition);
    const subjects = results.map(({ image }) => fixture(image));
    const judgements = await judgeAll(judge, subjects);
    for (const [index, { image, probabilities, label }] of results.entries()) {
      const score = 1 - (probabilities[labels.indexOf(safeLabel)] ?? 0);
      expect(judgements[index], image).toMatchObject({
        label,
        verdict: label === safeLabel ? 'safe' : 'unsafe',
        score: expect.closeTo(score, 3),
      });
    }
    const [alone] = await judgeAll(judge, subjects.slice(3, 4));
    if (alone?.verdict === 'error') throw new Error(alone.error.message);
    expect(judgements[3]).toEqual({ ...alone, score: expect.closeTo(alone?.score ?? 0, 5) });
    // Else the agreement would be that of a judge which always says the same.
    expect(new Set(judgements.map(({ verdict }) => verdict)).size).toBe(2);
  });
});

test('image-classifier takes labels and a threshold of one’s own', async () => {
  const model = 'sanali209/nsfwfilter';
  const { labels, results } = expected['tiny-vit-nsfwfilter'] ?? { labels: [], results: [] };
  const unsafeLabels = labels.slice(0, 2);
  const judge = await create(imageClassifier, { model, unsafeLabels, threshold: 0.4 });
  const judgements = await judgeAll(
    judge,
    results.map(({ image }) => fixture(image)),
  );
  for (const [index, { probabilities }] of results.entries()) {
    const score = (probabilities[0] ?? 0) + (probabilities[1] ?? 0);
    expect(judgements[index]).toMatchObject({
      verdict: score >= 0.4 ? 'unsafe' : 'safe',
      score: expect.closeTo(score, 3),
    });
  }
});

test('an image that cannot be read is an error, its neighbours are judged', async () => {
  const judge = await create(nsfwI1);
  const judgements = await judge.judge(
    [
      anImage(Buffer.from('no image')),
      fixture('meadow.jpg'),
      fixture('bomb-30000.png'),
      anImage(Buffer.alloc(0)),
      fixture('one-pixel.png'),
    ],
    aCall,
  );
  expect(judgements.map(({ verdict }) => verdict)).toEqual([
    'error',
    expect.stringMatching(/^(un)?safe$/),
    'error',
    'error',
    expect.stringMatching(/^(un)?safe$/),
  ]);
  expect(judgements[0]).toMatchObject({ error: { code: 'UNREADABLE_IMAGE' } });
  const [alone] = await judgeAll(judge, [fixture('meadow.jpg')]);
  expect(judgements[1]).toMatchObject({ label: alone?.verdict === 'error' ? '' : alone?.label });
});

test('every kind of image is judged', async () => {
  const judge = await create(nsfwI2);
  const names = ['animated.gif', 'animated.webp', 'cmyk.jpg', 'deep-16-bit.png', 'exif-rotated.jpg'];
  const judgements = await judgeAll(judge, [...names, 'transparent-180x140.png'].map(fixture));
  expect(judgements.map(({ verdict }) => verdict)).not.toContain('error');
});

test('a network with weights in a second file has the revision of both', async () => {
  cpSync(fixturePath('models/tiny-vit-nsfw'), join(folder, 'large'), { recursive: true });
  const revisions: (string | undefined)[] = [];
  for (const data of ['one', 'other']) {
    writeFileSync(join(folder, 'large/onnx/model.onnx_data'), data);
    revisions.push((await create(nsfwI1, { model: './large' })).revision);
  }
  expect(new Set([(await create(nsfwI1)).revision, ...revisions]).size).toBe(3);
});

describe('in words', () => {
  test('a model of texts', async () => {
    cpSync(fixturePath('models/tiny-vit-nsfw'), folder, { recursive: true });
    cpSync(fixturePath('models/tiny-roberta-toxicity/onnx/model.onnx'), join(folder, 'onnx/model.onnx'));
    await expect(create(nsfwI1, { model: './mine' })).rejects.toMatchObject({
      code: 'WRONG_ARCHITECTURE',
      message: expect.stringMatching(
        /^The judge x: .*model\.onnx is no network for images: it takes input_ids/,
      ),
    });
  });

  test('a network that embeds and does not classify', async () => {
    cpSync(fixturePath('models/tiny-vit-nsfw'), folder, { recursive: true });
    cpSync(fixturePath('models/tiny-clip-vision/onnx/vision_model.onnx'), join(folder, 'onnx/clip.onnx'));
    await expect(create(nsfwI1, { model: './mine', file: 'onnx/clip.onnx' })).rejects.toMatchObject({
      code: 'WRONG_ARCHITECTURE',
    });
  });

  test('another size than the network takes', async () => {
    cpSync(fixturePath('models/tiny-vit-nsfw'), folder, { recursive: true });
    const file = join(folder, 'preprocessor_config.json');
    const config: unknown = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify(Object.assign({}, config, { size: { height: 64, width: 64 } })));
    await expect(create(nsfwI1, { model: './mine' })).rejects.toMatchObject({ code: 'WRONG_ARCHITECTURE' });
  });
});
