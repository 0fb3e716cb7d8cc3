import { expect, test } from 'vitest';
import { whomItAsks } from './whom-it-asks.ts';

test('names every server and the variables that it is sent', () => {
  const asked = whomItAsks({
    name: 'x',
    target: { provider: 'fal', model: 'm' },
    writer: { provider: 'openai-compatible', baseURL: 'http://a/v1', apiKeyEnv: 'A_KEY' },
    guide: { provider: 'openai', apiKeyEnv: 'B_KEY' },
    judges: {
      prompt: ['lexicon'],
      image: [{ name: 'mine', type: 'http', url: 'https://b/judge', headersEnv: { 'x-key': 'C_KEY' } }],
    },
  });
  expect(asked).toEqual([
    { place: 'writer', address: 'http://a/v1', variables: ['A_KEY'] },
    { place: 'guide', address: undefined, variables: ['B_KEY'] },
    { place: 'judges.image.0', address: 'https://b/judge', variables: ['C_KEY'] },
  ]);
});

test('a configuration of the sandbox asks nobody, a hostile one is read to its end', () => {
  expect(whomItAsks({ target: { provider: 'sandbox' } })).toEqual([]);
  let deep: Record<string, unknown> = { baseURL: 'http://a' };
  for (let level = 0; level < 60; level++) deep = { deep };
  expect(whomItAsks(deep)).toEqual([]);
});
