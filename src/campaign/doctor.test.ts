import { rmSync } from 'node:fs';
import { APICallError } from '@ai-sdk/provider';
import { expect, onTestFinished, test } from 'vitest';
import { FolderImageStore } from '../store/folder-image-store.ts';
import type { ImageStore } from '../store/image-store.ts';
import { temporaryFolder } from '../store/store-fixtures.ts';
import { type FakeOptions, fakeModels, stormJudge } from './campaign-fixtures.ts';
import { type Examination, type ExamineOptions, examine } from './doctor.ts';

/** What the doctor says of a role or judge. */
async function examined(
  name: string,
  options: FakeOptions,
  more?: ExamineOptions,
): Promise<Examination | undefined> {
  const { config, models } = await fakeModels(options);
  const results = await examine(config, models, () => undefined, more);
  expect(results).toHaveLength(5);
  return results.find((result) => result.name === name);
}

const never = () => new Promise<never>(() => undefined);

test('all in order', async () => {
  const { config, models } = await fakeModels();
  const heard: Examination[] = [];
  const results = await examine(config, models, (result) => heard.push(result), { now: () => 0 });
  expect(heard).toEqual(results);
  expect(results.map(({ name, ok }) => [name, ok]).toSorted()).toEqual([
    ['guide', true],
    ['judge:storms', true],
    ['judge:thirds', true],
    ['target', true],
    ['writer', true],
  ]);
});

test('a target that refuses the harmless prompt is not in order', async () => {
  const refuse: FakeOptions['onCall'] = ({ role }) => {
    if (role !== 'target') return;
    const responseBody = '{"error":{"code":"content_policy_violation","message":"Not allowed."}}';
    throw new APICallError({
      message: 'Bad Request',
      url: 'http://127.0.0.1/',
      requestBodyValues: {},
      statusCode: 400,
      responseBody,
    });
  };
  expect(await examined('target', { onCall: refuse })).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/^refused the harmless prompt “a pic of cat”: ./),
    hint: expect.stringContaining('content filter'),
  });
});

test.each([
  ['32x16', 'drew 16×16 pixels, not the 32x16 asked for, image/png'],
  ['16x16', 'drew 16×16 pixels, image/png'],
])('asked for %s, it tells of another size', async (size, detail) => {
  const config = { target: { provider: 'sandbox', size } };
  const target = await examined('target', { config });
  expect(target?.ok).toBe(true);
  expect(target?.detail).toContain(detail);
});

test('a judge that takes no notice of its signal does not hold it up', async () => {
  const stuck = { ...stormJudge, name: 'stuck', judge: never };
  expect(await examined('judge:stuck', { promptJudges: [stuck] }, { judgeTimeoutMs: 20 })).toMatchObject({
    ok: false,
    detail: 'gave no answer within 0.02 s',
  });
});

test.each(['writer', 'guide', 'target'])('nor does a %s', async (role) => {
  const endpoint = { provider: 'sandbox', timeoutSeconds: 1 };
  const onCall: FakeOptions['onCall'] = (call) => (call.role === role ? never() : undefined);
  expect(await examined(role, { config: { [role]: endpoint }, onCall })).toMatchObject({
    ok: false,
    detail: expect.stringContaining('did not answer in time'),
  });
});

test.each([
  [async () => [new Float32Array(3)], { ok: true, what: 'minilm', detail: 'gave a vector of 3 numbers' }],
  [() => Promise.reject(new Error('no such model')), { ok: false, detail: 'no such model' }],
])('the embedder is tried and closed', async (embed, expected) => {
  const { config, models } = await fakeModels({ config: { embedder: 'minilm' } });
  let closed = 0;
  const openEmbedder = async () => ({
    name: 'e',
    revision: 'r',
    batchSize: 1,
    concurrency: 1,
    embed,
    close: async () => {
      closed++;
    },
  });
  const results = await examine(config, { ...models, openEmbedder }, () => undefined);
  expect(results.find(({ name }) => name === 'embedder')).toMatchObject(expected);
  expect(closed).toBe(1);
});

test('the image store is tried and left as it was', async () => {
  const { config, models } = await fakeModels();
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const images = new FolderImageStore(folder);
  const ofImages = async (store: ImageStore) => {
    const results = await examine(config, models, () => undefined, { images: store });
    return results.find(({ name }) => name === 'images');
  };
  expect(await ofImages(images)).toMatchObject({ ok: true, what: folder });
  expect(await Array.fromAsync(images.list())).toEqual([]);
  const closed = Object.assign(new FolderImageStore(folder), {
    put: () => Promise.reject(new Error('The bucket is not there.')),
  });
  expect(await ofImages(closed)).toMatchObject({ ok: false, detail: 'The bucket is not there.' });
});
