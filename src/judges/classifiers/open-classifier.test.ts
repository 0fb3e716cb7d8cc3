import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contentHash } from '../../store/content-hash.ts';
import { folderStore } from './classifier-fixtures.ts';
import { namedClassifierOptionsSchema, settingsOf } from './classifier-options.ts';
import { openClassifier } from './open-classifier.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'art-open-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(...paths: string[]) {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), path.endsWith('.json') ? '{}' : path);
  }
}

const known = { model: 'a/paper', unsafeLabels: ['toxic'], conversion: 'b/onnx' };

async function open(options: object = {}) {
  const { store, opened } = folderStore({
    'a/paper': join(root, 'paper'),
    'b/onnx': join(root, 'onnx-twin'),
  });
  const settings = settingsOf(known, namedClassifierOptionsSchema.parse(options));
  const result = openClassifier(settings, { weights: store, judgeName: 'x' });
  return { result: await result, models: opened.map(({ model }) => model) };
}

test.each([
  [{}, ['paper/onnx/model.onnx', 'paper/model.onnx'], 'onnx/model.onnx'],
  [{}, ['paper/model.onnx', 'paper/onnx/model_fp16.onnx'], 'model.onnx'],
  [{ dtype: 'fp16' }, ['paper/onnx/model.onnx', 'paper/onnx/model_fp16.onnx'], 'onnx/model_fp16.onnx'],
  [{ dtype: 'q8' }, ['paper/onnx/model_int8.onnx', 'paper/onnx/model.onnx'], 'onnx/model_int8.onnx'],
  [
    { dtype: 'q8' },
    ['paper/onnx/model_quantized.onnx', 'paper/onnx/model_int8.onnx'],
    'onnx/model_quantized.onnx',
  ],
  [{ file: 'my.onnx' }, ['paper/onnx/model.onnx', 'paper/my.onnx'], 'my.onnx'],
])('%o: of %o it takes %s', async (options, files, name) => {
  write('paper/config.json', ...files);
  const { result, models } = await open(options);
  expect(result.network.name).toBe(name);
  expect(models).toEqual(['a/paper']);
});

test('a model without ONNX files is taken from its conversion', async () => {
  write('paper/config.json', 'onnx-twin/config.json', 'onnx-twin/onnx/model.onnx');
  const { result, models } = await open();
  expect(models).toEqual(['a/paper', 'b/onnx']);
  expect(result.network.path).toBe(join(root, 'onnx-twin/onnx/model.onnx'));
});

test('the second file of a large network is its data', async () => {
  write('paper/config.json', 'paper/onnx/model.onnx', 'paper/onnx/model.onnx_data');
  expect((await open()).result.data?.name).toBe('onnx/model.onnx_data');
  write('paper/onnx/model_quantized.onnx');
  expect((await open({ dtype: 'q8' })).result.data).toBeUndefined();
});

test('a wrong label is found before the network is fetched', async () => {
  write('paper/onnx/model.onnx');
  writeFileSync(join(root, 'paper/config.json'), '{"id2label": {"0": "fine", "1": "harsh"}}');
  // The pin would fail, were the network looked at.
  await expect(open({ sha256: { 'onnx/model.onnx': '0'.repeat(64) } })).rejects.toMatchObject({
    code: 'UNKNOWN_LABEL',
  });
});

test('a pin of one file is that of the network', async () => {
  write('paper/config.json', 'paper/onnx/model.onnx');
  const sha256 = contentHash(Buffer.from('paper/onnx/model.onnx'));
  expect((await open({ sha256: sha256.toUpperCase() })).result.network.sha256).toBe(sha256);
  await expect(open({ sha256: '0'.repeat(64) })).rejects.toMatchObject({ code: 'WEIGHTS_DAMAGED' });
  await expect(open({ sha256: { 'config.json': '0'.repeat(64) } })).rejects.toMatchObject({
    code: 'WEIGHTS_DAMAGED',
  });
});

describe('in words', () => {
  test('no ONNX file: how to make one', async () => {
    write('paper/config.json', 'onnx-twin/onnx/model.onnx');
    // Whoever names a model means that one.
    await expect(open({ model: 'a/paper' })).rejects.toMatchObject({
      code: 'MODEL_FILE_NOT_FOUND',
      message: 'The judge x: a/paper has no ONNX file (onnx/model.onnx, model.onnx)',
      hint: expect.stringContaining('optimum-cli export onnx --model a/paper ./paper'),
    });
  });

  test('another dtype than there is', async () => {
    write('paper/config.json', 'paper/onnx/model_quantized.onnx');
    await expect(open({ model: 'a/paper', dtype: 'fp16' })).rejects.toMatchObject({
      message: expect.stringContaining('has no fp16 network'),
      hint: 'Set dtype: q8.',
    });
  });

  test.each(['{', '[]', '{"id2label": {"0": 1}}'])('a config.json that is none: %s', async (json) => {
    write('paper/onnx/model.onnx');
    writeFileSync(join(root, 'paper/config.json'), json);
    await expect(open()).rejects.toMatchObject({
      code: 'WEIGHTS_UNREADABLE',
      message: expect.stringContaining('config.json'),
    });
  });
});
