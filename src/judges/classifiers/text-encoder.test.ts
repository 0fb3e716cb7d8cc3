import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fixturePath, folderStore, readExpected } from './classifier-fixtures.ts';
import { modelConfigSchema } from './model-json.ts';
import { openTextEncoder } from './text-encoder.ts';

const folder = mkdtempSync(join(tmpdir(), 'art-encoder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const expectedSchema = z.record(
  z.string(),
  z.object({
    maxTokens: z.number(),
    results: z.array(z.object({ text: z.string(), inputIds: z.array(z.number()) })),
  }),
);
const expected = readExpected('text-models', (json) => expectedSchema.parse(json));
const names = Object.keys(expected);

async function open(path: string, limit?: number) {
  const { store } = folderStore({ m: path });
  const files = await store.open({ model: 'm' }, 'The judge x');
  const config = modelConfigSchema.parse(JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')));
  return openTextEncoder(files, config, 'The judge x', limit);
}

describe.each(names)('%s', (name) => {
  test('has the tokens that Python has', async () => {
    const encoder = await open(fixturePath(`models/${name}`));
    expect(encoder.maxTokens).toBe(expected[name]?.maxTokens);
    for (const { text, inputIds } of expected[name]?.results ?? []) {
      expect(encoder.encode(text).ids).toEqual(inputIds);
    }
  });

  test('cuts a text of 100,000 characters off, its marks kept', async () => {
    const encoder = await open(fixturePath(`models/${name}`));
    const { ids, tokens, truncated } = encoder.encode('a calm lake, '.repeat(8000));
    const short = encoder.encode('a calm lake, '.repeat(3)).ids;
    expect(ids).toHaveLength(encoder.maxTokens);
    expect(ids.slice(0, 10)).toEqual(short.slice(0, 10));
    expect(ids.at(-1)).toBe(short.at(-1));
    expect(truncated).toBe(true);
    expect(tokens).toBeGreaterThan(10_000);
  });

  test.each([
    ['', 'none'],
    ['\u{d800} half a pair', 'a broken emoji'],
    ['\u0000\u0007', 'control characters'],
  ])('takes %j: %s', async (text) => {
    const encoder = await open(fixturePath(`models/${name}`));
    const { ids, truncated } = encoder.encode(text);
    expect(ids.length).toBeGreaterThanOrEqual(2);
    expect(truncated).toBe(false);
  });
});

test('pads a batch to its longest text', async () => {
  const encoder = await open(fixturePath('models/tiny-roberta-toxicity'));
  const texts = ['a', 'a calm sea'].map((text) => encoder.encode(text));
  const inputs = encoder.batch(texts, ['input_ids', 'attention_mask']);
  expect(Object.keys(inputs)).toEqual(['input_ids', 'attention_mask']);
  const [long, short] = [texts[1]?.ids ?? [], texts[0]?.ids ?? []];
  const padding = long.length - short.length;
  // 1 is RoBERTa's padding.
  expect(inputs.input_ids).toEqual({
    type: 'int64',
    dims: [2, long.length],
    data: BigInt64Array.from([...short, ...Array(padding).fill(1), ...long], BigInt),
  });
  expect(inputs.attention_mask?.data).toEqual(
    BigInt64Array.from(
      [...Array(short.length).fill(1), ...Array(padding).fill(0), ...Array(long.length).fill(1)],
      BigInt,
    ),
  );
});

test('a lower limit goes before the model’s', async () => {
  const encoder = await open(fixturePath('models/tiny-roberta-toxicity'), 8);
  expect(encoder.encode('a calm sea at dawn and a little boat').ids).toHaveLength(8);
});

describe('in words', () => {
  test('a model with vocabulary files alone', async () => {
    writeFileSync(join(folder, 'config.json'), '{}');
    writeFileSync(join(folder, 'vocab.json'), '{}');
    await expect(open(folder)).rejects.toMatchObject({
      code: 'MODEL_FILE_NOT_FOUND',
      message: 'The judge x: m has no tokenizer.json, only the older vocab.json',
      hint: expect.stringContaining("AutoTokenizer.from_pretrained('m')"),
    });
  });

  test('a model of images', async () => {
    await expect(open(fixturePath('models/tiny-vit-nsfw'))).rejects.toMatchObject({
      code: 'WRONG_ARCHITECTURE',
      message: expect.stringContaining('is a model of images'),
    });
  });

  test.each(['{"model": 1}', '{}', '[', '[]'])('a tokenizer.json that is none: %s', async (json) => {
    writeFileSync(join(folder, 'config.json'), '{}');
    writeFileSync(join(folder, 'tokenizer.json'), json);
    await expect(open(folder)).rejects.toMatchObject({
      code: 'WEIGHTS_UNREADABLE',
      message: expect.stringContaining('tokenizer.json'),
    });
    rmSync(join(folder, 'tokenizer.json'));
  });
});

test('another tokenizer_config.json gives another revision', async () => {
  const path = join(folder, 'other-config');
  cpSync(fixturePath(`models/${names[0]}`), path, { recursive: true });
  const before = (await open(path)).revision;
  expect(before).toMatchObject({ encoding: 1, tokenizerConfig: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const config = join(path, 'tokenizer_config.json');
  writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), clean_up: true }));
  expect((await open(path)).revision).not.toEqual(before);
});
