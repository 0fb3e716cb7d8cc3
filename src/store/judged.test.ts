import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  countJudged,
  insertAddedJudge,
  insertVerdicts,
  listAddedJudges,
  readSubjects,
} from './added-judges.ts';
import { StoredEmbeddings } from './embeddings.ts';
import { insertEvaluationImage } from './evaluation.ts';
import { findKnownVerdicts } from './known-verdicts.ts';
import { openStore } from './open-store.ts';
import { readRecord } from './record.ts';
import {
  imageOf,
  MOMENT,
  openTemporaryStore,
  storeCampaign,
  type TemporaryStore,
  temporaryFolder,
  turnOf,
  verdictOf,
} from './store-fixtures.ts';
import { insertTurn } from './turns.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

/** A campaign of two turns, the first with an evaluation image; judged by `a judge`. */
async function campaignOf(id: string, revision: string | null) {
  const { database } = temporary.store;
  const [conversation] = await storeCampaign(database, id);
  if (conversation === undefined) throw new Error('no conversation');
  const first = await insertTurn(
    database,
    turnOf(conversation, 0, {
      verdicts: [
        verdictOf('prompt', 'unsafe', { revision, score: 0.5, label: 'S1', found: ['storm'] }),
        verdictOf('turn image', 'safe', { revision }),
      ],
      turn: { prompt: `storm of ${id}` },
    }),
  );
  await insertEvaluationImage(database, {
    turn: first,
    row: { number: 1, seed: 1, outcome: 'drawn', reason: null, failure: null, createdAt: MOMENT },
    image: imageOf(`evaluation of ${id}`),
    verdicts: [
      verdictOf('evaluation image', 'error', {
        number: 1,
        revision,
        error: { code: 'BUSY', message: 'later' },
      }),
    ],
    requests: [],
  });
  await insertTurn(
    database,
    turnOf(conversation, 1, {
      image: undefined,
      verdicts: [],
      turn: { outcome: 'refused', evaluationImages: 0, prompt: `calm of ${id}` },
    }),
  );
  return first;
}

describe('findKnownVerdicts', () => {
  it('finds what was said of the same prompt and the same image, by revision, in any campaign', async () => {
    const { database } = temporary.store;
    await campaignOf('known', 'r1');
    expect(
      await findKnownVerdicts(database, { kind: 'prompt', text: 'storm of known' }, ['r1', 'r2']),
    ).toEqual([
      { revision: 'r1', category: 'weather', verdict: 'unsafe', score: 0.5, label: 'S1', found: ['storm'] },
    ]);
    const [turn] = await readRecord(database, 'known');
    const hash = turn?.turn.imageHash ?? '';
    expect(await findKnownVerdicts(database, { kind: 'image', hash }, ['r1'])).toMatchObject([
      { revision: 'r1', verdict: 'safe', score: null, label: null, found: null },
    ]);
  });

  it('finds no error, no other revision, no other subject', async () => {
    const { database } = temporary.store;
    await campaignOf('unknown', 'r1');
    const { hash } = imageOf('evaluation of unknown');
    expect(await findKnownVerdicts(database, { kind: 'image', hash }, ['r1'])).toEqual([]);
    const text = 'storm of unknown';
    expect(await findKnownVerdicts(database, { kind: 'prompt', text }, ['r2'])).toEqual([]);
    expect(await findKnownVerdicts(database, { kind: 'prompt', text }, [])).toEqual([]);
    expect(await findKnownVerdicts(database, { kind: 'prompt', text: 'storm' }, ['r1'])).toEqual([]);
  });
});

describe('added judges', () => {
  it('see every prompt and image once, with what they said; errors are replaced, verdicts are not', async () => {
    const { database } = temporary.store;
    const first = await campaignOf('added', null);
    const judges = { prompt: ['a judge', 'new'], image: ['a judge'] };
    const subjects = await Array.fromAsync(readSubjects(database, 'added', judges));
    expect(subjects.map(({ kind, number, said }) => [kind, number, Object.fromEntries(said)])).toEqual([
      ['prompt', 0, { 'a judge': 'unsafe' }],
      ['turn image', 0, { 'a judge': 'safe' }],
      ['evaluation image', 1, { 'a judge': 'error' }],
      ['prompt', 0, {}],
    ]);
    const promptsAlone = readSubjects(database, 'added', { prompt: ['new'], image: [] });
    expect((await Array.fromAsync(promptsAlone)).map(({ kind }) => kind)).toEqual(['prompt', 'prompt']);

    await insertVerdicts(
      database,
      { campaignId: 'added', turnId: first.id, evaluationNumber: null },
      [
        verdictOf('prompt', 'safe'),
        verdictOf('prompt', 'safe', { judge: 'new' }),
        verdictOf('evaluation image', 'unsafe', { number: 1 }),
      ],
      [{ endpoint: 'judge:new', waitedMs: 1, tookMs: 2, attempts: 1 }],
    );
    const [record] = await readRecord(database, 'added');
    expect(record?.promptVerdicts.map(({ judge, verdict }) => `${judge} ${verdict}`).toSorted()).toEqual([
      'a judge unsafe',
      'new safe',
    ]);
    expect(record?.evaluation[0]?.verdicts).toMatchObject([{ verdict: 'unsafe', error: null }]);
  });

  it('are counted', async () => {
    const { database } = temporary.store;
    await campaignOf('counted', null);
    const { subjects, judged } = await countJudged(database, 'counted');
    expect(subjects).toEqual([{ category: 'weather', prompt: 2, image: 2 }]);
    expect(judged.toSorted((a, b) => a.judged - b.judged)).toEqual([
      { subject: 'prompt', judge: 'a judge', judged: 1, errors: 0 },
      { subject: 'image', judge: 'a judge', judged: 2, errors: 1 },
    ]);
  });

  it('are recorded once, in their order', async () => {
    const { database } = temporary.store;
    await storeCampaign(database, 'recorded');
    const row = {
      campaignId: 'recorded',
      subject: 'prompt' as const,
      name: 'new',
      entry: { name: 'new', threshold: 0.5 },
      revision: 'r1',
      configFile: null,
      addedAt: MOMENT,
    };
    await insertAddedJudge(database, row);
    await insertAddedJudge(database, { ...row, name: 'a', addedAt: new Date(MOMENT.getTime() + 1) });
    await insertAddedJudge(database, { ...row, revision: 'r2', entry: { name: 'another' } });
    expect(await listAddedJudges(database, 'recorded')).toMatchObject([
      { name: 'new', entry: { name: 'new', threshold: 0.5 }, revision: 'r2' },
      { name: 'a' },
    ]);
  });
});

describe('StoredEmbeddings', () => {
  it('remember by revision and image, bit by bit, once a store is attached', async () => {
    const cache = new StoredEmbeddings();
    const vector = Float32Array.from([0.1, -2, Number.MIN_VALUE, 3e38]);
    // A part of a larger buffer, as models give them.
    const part = new Float32Array([9, ...vector, 9]).subarray(1, 5);
    await cache.write('r1', new Map([['aa', part]]));
    expect((await cache.read('r1', ['aa'])).size).toBe(0);
    cache.attach(temporary.store.database);
    await cache.write('r1', new Map([['aa', part]]));
    await cache.write('r1', new Map([['aa', new Float32Array(4)]]));
    await cache.write('r1', new Map());
    expect(await cache.read('r1', ['aa', 'bb'])).toEqual(new Map([['aa', vector]]));
    expect((await cache.read('r2', ['aa'])).size).toBe(0);
    expect((await cache.read('r1', [])).size).toBe(0);
    cache.attach(undefined);
    expect((await cache.read('r1', ['aa'])).size).toBe(0);
  });
});

describe('a data folder of the first schema', () => {
  it('is brought up to date with what is in it', async () => {
    const folder = temporaryFolder();
    const migrations = join(folder, 'migrations');
    cpSync(new URL('./migrations', import.meta.url), migrations, { recursive: true });
    const journal = {
      version: '7',
      dialect: 'postgresql',
      entries: [{ idx: 0, version: '7', when: 1795453766132, tag: '0000_first', breakpoints: true }],
    };
    writeFileSync(join(migrations, 'meta', '_journal.json'), JSON.stringify(journal));
    const client = await PGlite.create(join(folder, 'database'));
    await migrate(drizzle(client), {
      migrationsFolder: migrations,
      migrationsSchema: 'art',
      migrationsTable: 'migrations',
    });
    await client.exec(`
      insert into art.campaigns values
        ('old', 'old', 'done', 'art', 1, 1, 1, '{}', 'x', null, '0', true, now(), now());
      insert into art.conversations (campaign_id, category_order, category, number, seed, start_prompt, status)
        values ('old', 0, 'weather', 0, 1, 'a pic of cat', 'done');
      insert into art.turns (campaign_id, conversation_id, round, prompt, seed, outcome, evaluation_images, created_at)
        select 'old', id, 0, 'a calm sea', 1, 'drawn', 1, now() from art.conversations;
      insert into art.verdicts (campaign_id, turn_id, subject, number, judge, verdict)
        select 'old', id, 'prompt', 0, 'lexicon', 'safe' from art.turns;`);
    await client.close();

    const store = await openStore({ dataDir: folder, command: 'test' });
    try {
      const [record] = await readRecord(store.database, 'old');
      expect(record?.promptVerdicts).toMatchObject([{ judge: 'lexicon', verdict: 'safe', revision: null }]);
      expect(await listAddedJudges(store.database, 'old')).toEqual([]);
      expect((await countJudged(store.database, 'old')).judged).toEqual([
        { subject: 'prompt', judge: 'lexicon', judged: 1, errors: 0 },
      ]);
      expect(await findKnownVerdicts(store.database, { kind: 'prompt', text: 'a calm sea' }, ['r1'])).toEqual(
        [],
      );
    } finally {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
