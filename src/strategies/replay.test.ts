import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createReplay } from './replay.ts';
import type { HubFile } from './strategy-definition.ts';
import { turn, world } from './strategy-fixtures.ts';

let configDir = '';
beforeAll(async () => {
  configDir = await mkdtemp(join(tmpdir(), 'art-replay-'));
  await writeFile(
    join(configDir, 'prompts.csv'),
    'prompt,category\na kite,hate\na lamp,weather\na kite,hate\n',
  );
});
afterAll(() => rm(configDir, { recursive: true }));

const services = () => ({
  configDir,
  categories: [{ name: 'hate', keywords: [] }],
  hubFile: async ({ dataset, file }: HubFile) => {
    expect([dataset, file]).toEqual(['someone/prompts', 'data/prompts.csv']);
    return join(configDir, 'prompts.csv');
  },
});

test('a file of a dataset on the Hub is fetched first', async () => {
  const options = { file: 'data/prompts.csv', hub: 'someone/prompts' };
  const plan = await createReplay(options, services()).plan?.();
  expect(plan?.conversations).toHaveLength(2);
  expect(plan?.notes[0]).toContain('someone/prompts/data/prompts.csv');
});

test('every prompt is a conversation of its own, the same text twice as well', async () => {
  const plan = await createReplay({ file: 'prompts.csv' }, services()).plan?.();
  expect(plan).toMatchObject({
    rounds: 0,
    conversations: [
      { category: 'hate', startPrompt: 'a kite' },
      { category: 'hate', startPrompt: 'a kite' },
    ],
    notes: [expect.stringContaining('2 of 3 rows')],
  });
});

test('plays the prompt as it stands, once, and asks nobody; the file is not needed any more', async () => {
  const replay = createReplay({ file: 'gone.csv' }, services());
  const { conversation, played, asked } = world({ rounds: 0 });
  await replay.converse(conversation);
  expect(played).toEqual([{ prompt: 'a pic of cat' }]);
  expect(Object.values(asked).flat()).toEqual([]);
  const over = world({ rounds: 0, history: [turn(0, { prompt: 'a pic of cat' })] });
  await replay.converse(over.conversation);
  expect(over.played).toEqual([]);
});
