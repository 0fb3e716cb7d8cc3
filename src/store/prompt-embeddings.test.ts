import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  countPrompts,
  insertPromptEmbeddings,
  listUnembeddedPrompts,
  promptHash,
  readPromptEmbeddings,
} from './prompt-embeddings.ts';
import { openTemporaryStore, storeCampaign, type TemporaryStore, turnOf } from './store-fixtures.ts';
import { insertTurn } from './turns.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

async function campaignWith(id: string, prompts: readonly string[]) {
  const { database } = temporary.store;
  const [conversation] = await storeCampaign(database, id);
  if (conversation === undefined) throw new Error('no conversation was stored');
  for (const [round, prompt] of prompts.entries())
    await insertTurn(database, turnOf(conversation, round, { turn: { prompt } }));
  return database;
}

test('prompts are found by their bytes, each once, until their vectors are stored', async () => {
  const database = await campaignWith('one', ['a lake', 'Über die Brücke 🌉', 'a lake']);
  expect(await countPrompts(database, 'one')).toBe(2);
  const open = await listUnembeddedPrompts(database, 'one', 'r1');
  expect(open).toEqual([
    { hash: promptHash('a lake'), prompt: 'a lake' },
    { hash: promptHash('Über die Brücke 🌉'), prompt: 'Über die Brücke 🌉' },
  ]);

  const embeddedAt = new Date(0);
  const first = new Map([[promptHash('a lake'), new Float32Array([1, -0.5])]]);
  await insertPromptEmbeddings(database, { revision: 'r1', embedder: 'one', vectors: first, embeddedAt });
  expect(await readPromptEmbeddings(database, 'one')).toBeUndefined();
  expect((await listUnembeddedPrompts(database, 'one', 'r1')).map(({ prompt }) => prompt)).toEqual([
    'Über die Brücke 🌉',
  ]);

  const rest = new Map([[promptHash('Über die Brücke 🌉'), new Float32Array([0.25, 3])]]);
  await insertPromptEmbeddings(database, { revision: 'r1', embedder: 'one', vectors: rest, embeddedAt });
  await insertPromptEmbeddings(database, { revision: 'r1', embedder: 'one', vectors: rest, embeddedAt });
  expect(await readPromptEmbeddings(database, 'one')).toEqual({
    revision: 'r1',
    embedder: 'one',
    vectors: new Map([
      [promptHash('a lake'), new Float32Array([1, -0.5])],
      [promptHash('Über die Brücke 🌉'), new Float32Array([0.25, 3])],
    ]),
  });
});

test('of several embedders the last that has made all vectors counts, and other campaigns make no difference', async () => {
  const database = await campaignWith('two', ['a boat', 'a tree']);
  await campaignWith('three', ['a boat', 'a hill']);
  const vectors = (...prompts: string[]) =>
    new Map(prompts.map((prompt) => [promptHash(prompt), new Float32Array([1])]));
  const insert = (day: number, revision: string, ...prompts: string[]) =>
    insertPromptEmbeddings(database, {
      revision,
      embedder: revision,
      vectors: vectors(...prompts),
      embeddedAt: new Date(Date.UTC(2026, 0, day)),
    });
  // The order in the table is not the order in time.
  await insert(2, 'b-new', 'a boat', 'a tree');
  await insert(1, 'z-old', 'a boat', 'a tree', 'a hill');
  await insert(3, 'newest, but not all', 'a boat');
  expect((await readPromptEmbeddings(database, 'two'))?.revision).toBe('b-new');
  const three = await readPromptEmbeddings(database, 'three');
  expect(three?.revision).toBe('z-old');
  expect(three?.vectors.size).toBe(2);
});

test('a campaign without prompts has no vectors', async () => {
  await storeCampaign(temporary.store.database, 'empty');
  expect(await readPromptEmbeddings(temporary.store.database, 'empty')).toBeUndefined();
  expect(await listUnembeddedPrompts(temporary.store.database, 'empty', 'r1')).toEqual([]);
});
