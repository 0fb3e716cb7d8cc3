import { expect, test } from 'vitest';
import { judgeEntryHash } from './judge-identity.ts';

const guard = { name: 'guard', provider: 'openai-compatible', model: 'a', baseURL: 'http://127.0.0.1:1/v1' };

test.each([
  ['its name', { name: 'other' }],
  ['how hard it is pressed', { concurrency: 9, retries: 1, timeoutSeconds: 3 }],
  ['its key', { apiKeyEnv: 'OTHER_KEY' }],
  ['its price', { price: { perRequest: 1 } }],
])('%s makes no other judge', (_what, change) => {
  expect(judgeEntryHash({ ...guard, ...change })).toBe(judgeEntryHash(guard));
});

test.each([
  ['another model', { model: 'b' }],
  ['another server', { baseURL: 'http://127.0.0.1:2/v1' }],
  ['another threshold', { threshold: 0.9 }],
  ['another rubric', { rubric: { unsafe: 'rain' } }],
])('%s does', (_what, change) => {
  expect(judgeEntryHash({ ...guard, ...change })).not.toBe(judgeEntryHash(guard));
});

test('the order of keys does not matter, and a name is an entry', () => {
  expect(judgeEntryHash(Object.fromEntries(Object.entries(guard).toReversed()))).toBe(judgeEntryHash(guard));
  expect(judgeEntryHash('nsfwjs')).toBe(judgeEntryHash({ name: 'nsfwjs' }));
});
