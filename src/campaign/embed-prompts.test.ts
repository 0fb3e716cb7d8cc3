import { afterAll, beforeAll, expect, test } from 'vitest';
import { promptHash, readPromptEmbeddings } from '../store/prompt-embeddings.ts';
import { openTemporaryStore, storeCampaign, type TemporaryStore, turnOf } from '../store/store-fixtures.ts';
import { insertTurn } from '../store/turns.ts';
import { type EmbeddingProgress, embedPrompts } from './embed-prompts.ts';
import { Interrupted } from './interrupted.ts';
import type { PromptEmbedder } from './prompt-embedder.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

/** A campaign with so many different prompts, `prompt 0` and on. */
async function campaignOf(id: string, prompts: number): Promise<void> {
  const [conversation] = await storeCampaign(temporary.store.database, id);
  if (conversation === undefined) throw new Error('no conversation was stored');
  for (let round = 0; round < prompts; round++) {
    await insertTurn(
      temporary.store.database,
      turnOf(conversation, round, { turn: { prompt: `${id}: prompt ${round}` } }),
    );
  }
}

const vectorOf = (prompt: string) => new Float32Array([prompt.length, prompt.charCodeAt(prompt.length - 1)]);

/** An embedder that notes what it is asked. */
function embedderOf(
  revision: string,
  embed: PromptEmbedder['embed'] = async (prompts) => prompts.map(vectorOf),
) {
  const asked: (readonly string[])[] = [];
  const embedder: PromptEmbedder = {
    name: 'lengths',
    revision,
    batchSize: 2,
    concurrency: 1,
    embed: (prompts, stop) => {
      asked.push(prompts);
      return embed(prompts, stop);
    },
    close: async () => undefined,
  };
  return { embedder, asked };
}

test('every prompt is embedded once, in batches, and told', async () => {
  await campaignOf('whole', 5);
  const { database } = temporary.store;
  const { embedder, asked } = embedderOf('r-whole');
  const progress: EmbeddingProgress[] = [];
  const outcome = await embedPrompts(database, 'whole', embedder, {
    onProgress: (told) => progress.push(told),
  });
  expect(outcome).toEqual({ status: 'done', done: 5, total: 5, embedded: 5 });
  expect(asked.map(({ length }) => length)).toEqual([2, 2, 1]);
  expect(progress.map(({ done }) => done)).toEqual([0, 2, 4, 5]);
  const stored = await readPromptEmbeddings(database, 'whole');
  expect(stored?.vectors.get(promptHash('whole: prompt 3'))).toEqual(vectorOf('whole: prompt 3'));

  expect(await embedPrompts(database, 'whole', embedder)).toEqual({
    status: 'done',
    done: 5,
    total: 5,
    embedded: 0,
  });
  expect(asked).toHaveLength(3);
});

test('an embedder that comes again counts, though all its vectors are there', async () => {
  await campaignOf('twice', 3);
  const { database } = temporary.store;
  const at = (day: number) => ({ now: () => new Date(Date.UTC(2026, 0, day)) });
  await embedPrompts(database, 'twice', embedderOf('r-twice-one').embedder, at(1));
  await embedPrompts(database, 'twice', embedderOf('r-twice-two').embedder, at(2));
  expect((await readPromptEmbeddings(database, 'twice'))?.revision).toBe('r-twice-two');
  const again = embedderOf('r-twice-one');
  await embedPrompts(database, 'twice', again.embedder, at(3));
  expect(again.asked).toEqual([]);
  expect(await readPromptEmbeddings(database, 'twice')).toMatchObject({
    revision: 'r-twice-one',
    embedder: 'lengths',
  });
});

test('what a failure cut off goes on with what is missing', async () => {
  await campaignOf('cut', 6);
  const { database } = temporary.store;
  const failing = embedderOf('r-cut', async (prompts) => {
    if (prompts.some((prompt) => prompt.endsWith('2'))) throw new Error('no more memory');
    return prompts.map(vectorOf);
  });
  await expect(embedPrompts(database, 'cut', failing.embedder)).rejects.toThrow('no more memory');
  expect(await readPromptEmbeddings(database, 'cut')).toBeUndefined();

  const { embedder, asked } = embedderOf('r-cut');
  expect(await embedPrompts(database, 'cut', embedder)).toMatchObject({ status: 'done', embedded: 4 });
  expect(asked.flat()).toHaveLength(4);
});

test('a stop ends it after the batch in flight, which is stored', async () => {
  await campaignOf('stopped', 6);
  const stop = new AbortController();
  const { embedder } = embedderOf('r-stopped', async (prompts) => {
    stop.abort();
    return prompts.map(vectorOf);
  });
  expect(await embedPrompts(temporary.store.database, 'stopped', embedder, { stop: stop.signal })).toEqual({
    status: 'interrupted',
    done: 2,
    total: 6,
    embedded: 2,
  });

  const waiting = embedderOf('r-stopped', async () => {
    throw new Interrupted();
  });
  expect(await embedPrompts(temporary.store.database, 'stopped', waiting.embedder)).toMatchObject({
    status: 'interrupted',
    done: 2,
  });
});

test('a model that has changed behind its name is refused', async () => {
  await campaignOf('changed', 2);
  const { database } = temporary.store;
  await embedPrompts(database, 'changed', embedderOf('r-changed').embedder);
  await campaignOf('changed-2', 2);
  const longer = embedderOf('r-changed', async (prompts) => prompts.map(() => new Float32Array(3)));
  await expect(embedPrompts(database, 'changed-2', longer.embedder)).rejects.toMatchObject({
    code: 'BAD_ANSWER',
    message: expect.stringContaining('its model has changed'),
  });
});

test('a campaign without prompts asks for nothing', async () => {
  await storeCampaign(temporary.store.database, 'no prompts');
  const { embedder, asked } = embedderOf('r');
  expect(await embedPrompts(temporary.store.database, 'no prompts', embedder)).toMatchObject({
    status: 'done',
    total: 0,
  });
  expect(asked).toEqual([]);
});
