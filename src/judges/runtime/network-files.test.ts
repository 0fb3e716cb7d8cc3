import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { folderStore } from '../classifiers/classifier-fixtures.ts';
import { judgeRevision } from '../judge-revision.ts';
import type { ModelFiles } from '../weights/model-files.ts';
import { WeightsError, type WeightsErrorCode } from '../weights/weights-error.ts';
import { isQuantised, networkPins, networkRevision, openNetwork } from './network-files.ts';
import { createJudgeRuntime } from './onnx-runtime.ts';

const FIXTURES = join(import.meta.dirname, '__fixtures__');
const folder = mkdtempSync(join(tmpdir(), 'art-network-files-'));
const runtime = createJudgeRuntime('/');
afterAll(async () => {
  await runtime.close();
  rmSync(folder, { recursive: true });
});

/** A model whose weights, a matrix of 3 × 2, lie in a second file. */
function model(name: string, weights?: readonly number[]): string {
  const path = join(folder, name);
  mkdirSync(path);
  copyFileSync(join(FIXTURES, 'external-data.onnx'), join(path, 'external-data.onnx'));
  if (weights !== undefined) writeFileSync(join(path, 'external-data.onnx_data'), Float32Array.from(weights));
  return path;
}

async function open(path: string, sha256?: string | Record<string, string>) {
  const names = ['onnx/model.onnx', 'external-data.onnx'];
  const { store } = folderStore({ m: path });
  const files = await store.open({ model: 'm', sha256: networkPins(names, sha256) }, 'The test');
  return openNetwork(files, names);
}

async function answerOf(path: string) {
  const opened = await open(path);
  if (opened === undefined) throw new Error('no network');
  const session = await runtime.session(opened.network, 'The test');
  const x = { type: 'float32', data: Float32Array.of(1, 2, 3), dims: [1, 3] } as const;
  return { revision: judgeRevision(networkRevision(opened)), y: (await session.run({ x })).y?.data };
}

test('the same graph with other weights in its second file has another revision', async () => {
  const one = await answerOf(FIXTURES);
  const same = await answerOf(model('same', [0, 1, 2, 3, 4, 5]));
  const other = await answerOf(model('other', [1, 2, 3, 4, 5, 6]));
  expect(one.y).toEqual(Float32Array.of(16, 22));
  expect(same).toEqual(one);
  expect(other.y).toEqual(Float32Array.of(22, 28));
  expect(other.revision).not.toBe(one.revision);
});

test('a pin of one file is that of the network; a record pins the second file as well', async () => {
  const opened = await open(FIXTURES);
  const network = opened?.network.sha256 ?? '';
  const data = opened?.data?.sha256 ?? '';
  expect(opened?.data?.name).toBe('external-data.onnx_data');
  expect(await open(FIXTURES, network)).toEqual(opened);
  expect(await open(FIXTURES, { 'external-data.onnx_data': data })).toEqual(opened);
  for (const pin of [data, { 'external-data.onnx_data': network }])
    await expect(open(FIXTURES, pin)).rejects.toMatchObject({ code: 'WEIGHTS_DAMAGED' });
});

test('a second file that is missed is told when the network is loaded', async () => {
  const opened = await open(model('alone'));
  expect(opened?.data).toBeUndefined();
  await expect(answerOf(join(folder, 'alone'))).rejects.toMatchObject({
    code: 'WEIGHTS_UNREADABLE',
    hint: expect.stringContaining('.onnx_data'),
  });
});

test('without a way to ask for a second file, the network alone is taken', async () => {
  const failing = (code: WeightsErrorCode): ModelFiles => ({
    source: { model: 'a/b' },
    revision: 'main',
    file: async (name) => ({ name, path: `/${name}`, sha256: 'f' }),
    async firstOf([name = '']) {
      if (name === 'model.onnx') return this.file(name);
      throw new WeightsError({ code, message: 'not here' });
    },
  });
  const network = { name: 'model.onnx', path: '/model.onnx', sha256: 'f' };
  expect(await openNetwork(failing('HUB_OFFLINE'), ['model.onnx'])).toEqual({ network });
  await expect(openNetwork(failing('WEIGHTS_DAMAGED'), ['model.onnx'])).rejects.toMatchObject({
    code: 'WEIGHTS_DAMAGED',
  });
});

test.each([
  ['onnx/model.onnx', 'fp32', false],
  ['onnx/model_quantized.onnx', 'q8', true],
  ['onnx/model_uint8.onnx', 'fp32', true],
  ['my.onnx', 'q8', true],
] as const)('whether %s of %s is quantised: %s', (name, dtype, expected) => {
  expect(isQuantised({ network: { name, path: '', sha256: '' } }, dtype)).toBe(expected);
});
