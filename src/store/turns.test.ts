import { count, eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { images, requests, turns, verdicts } from './schema.ts';
import {
  imageOf,
  openTemporaryStore,
  storeCampaign,
  type TemporaryStore,
  turnOf,
  verdictOf,
} from './store-fixtures.ts';
import { findTurn, insertTurn, readTurns } from './turns.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

let campaigns = 0;
async function conversation() {
  const [row] = await storeCampaign(temporary.store.database, `turns-${campaigns++}`);
  if (row === undefined) throw new Error('nothing was planned');
  return row;
}

async function rowsOfConversation(conversationId: number) {
  const { database } = temporary.store;
  const [said] = await database
    .select({ count: count() })
    .from(verdicts)
    .innerJoin(turns, eq(turns.id, verdicts.turnId))
    .where(eq(turns.conversationId, conversationId));
  const [asked] = await database
    .select({ count: count() })
    .from(requests)
    .innerJoin(turns, eq(turns.id, requests.turnId))
    .where(eq(turns.conversationId, conversationId));
  return { verdicts: said?.count, requests: asked?.count };
}

describe('insertTurn', () => {
  it('stores the turn with its image, verdicts and requests, and reads it back as it was', async () => {
    const { database } = temporary.store;
    const held = await conversation();
    const first = await insertTurn(
      database,
      turnOf(held, 0, {
        verdicts: [
          verdictOf('prompt', 'safe', { score: 0.25, label: 'a label' }),
          verdictOf('turn image', 'unsafe', { found: ['one', 'two'] }),
          verdictOf('turn image', 'error', { judge: 'other', error: { code: 'C', message: 'm' } }),
        ],
      }),
    );
    await insertTurn(database, turnOf(held, 1));
    const read = await readTurns(database, held.id);
    expect(read.map(({ turn }) => turn.round)).toEqual([0, 1]);
    expect(read[0]?.turn).toEqual(first);
    expect(await findTurn(database, first.id)).toEqual(first);
    expect(read[0]?.image).toMatchObject({ hash: first.imageHash, mediaType: 'image/png', kept: 'full' });
    expect(read[0]?.verdicts.toSorted((a, b) => a.id - b.id)).toMatchObject([
      { subject: 'prompt', judge: 'a judge', verdict: 'safe', score: 0.25, label: 'a label' },
      { subject: 'turn image', judge: 'a judge', verdict: 'unsafe', found: ['one', 'two'] },
      { subject: 'turn image', judge: 'other', verdict: 'error', error: { code: 'C', message: 'm' } },
    ]);
    expect(await rowsOfConversation(held.id)).toEqual({ verdicts: 5, requests: 2 });
    expect(
      await database
        .select()
        .from(images)
        .where(eq(images.hash, first.imageHash ?? '')),
    ).toMatchObject([{ ...imageOf(`image of ${held.id}/0`), kept: 'full' }]);
  });

  it('stores a refused prompt without an image', async () => {
    const { database } = temporary.store;
    const held = await conversation();
    await insertTurn(
      database,
      turnOf(held, 0, {
        turn: { outcome: 'refused', reason: 'the policy says no' },
        image: undefined,
        verdicts: [verdictOf('prompt', 'unsafe')],
        requests: [],
      }),
    );
    const [read] = await readTurns(database, held.id);
    expect(read?.turn).toMatchObject({ outcome: 'refused', reason: 'the policy says no', imageHash: null });
    expect(read?.image).toBeNull();
    expect(await rowsOfConversation(held.id)).toEqual({ verdicts: 1, requests: 0 });
  });

  it('gives back the turn that an earlier try stored whose answer was lost', async () => {
    const { database } = temporary.store;
    const held = await conversation();
    const first = await insertTurn(database, turnOf(held, 0));
    expect(await insertTurn(database, turnOf(held, 0))).toEqual(first);
    expect(await readTurns(database, held.id)).toHaveLength(1);
  });

  it('says TURN_ALREADY_STORED where another worker was faster, and adds nothing to its turn', async () => {
    const { database } = temporary.store;
    const held = await conversation();
    await insertTurn(database, turnOf(held, 0));
    const before = await rowsOfConversation(held.id);
    await expect(
      insertTurn(
        database,
        turnOf(held, 0, {
          turn: { prompt: 'the slower one' },
          verdicts: [verdictOf('prompt', 'unsafe', { judge: 'late' })],
        }),
      ),
    ).rejects.toMatchObject({ code: 'TURN_ALREADY_STORED', data: { conversationId: held.id, round: 0 } });
    expect(await rowsOfConversation(held.id)).toEqual(before);
    expect((await readTurns(database, held.id)).map(({ turn }) => turn.prompt)).toEqual(['prompt 0']);
  });

  it('lets exactly one of many win', async () => {
    const { database } = temporary.store;
    const held = await conversation();
    const attempts = await Promise.allSettled(
      Array.from({ length: 12 }, (_, index) =>
        insertTurn(database, turnOf(held, 0, { turn: { prompt: `prompt of worker ${index}` } })),
      ),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readTurns(database, held.id)).toHaveLength(1);
    expect(await rowsOfConversation(held.id)).toEqual({ verdicts: 2, requests: 1 });
  });

  it('stores nothing at all where a part of it cannot be stored', async () => {
    const { database } = temporary.store;
    const held = await conversation();
    const entry = turnOf(held, 0);
    // A number that is no 32-bit integer: the requests' part of the statement fails.
    const broken = { ...entry, requests: [{ ...entry.requests[0], attempts: 2 ** 40 }] };
    await expect(
      insertTurn(database, turnOf(held, 0, { requests: broken.requests.map(withEndpoint) })),
    ).rejects.toThrow();
    expect(await readTurns(database, held.id)).toEqual([]);
    const [image] = await database
      .select({ count: count() })
      .from(images)
      .where(eq(images.hash, imageOf(`image of ${held.id}/0`).hash));
    expect(image?.count).toBe(0);
  });

  it('is undone with the transaction around it', async () => {
    const { database } = temporary.store;
    const held = await conversation();
    await expect(
      database.transaction(async (transaction) => {
        await insertTurn(transaction, turnOf(held, 0));
        throw new Error('the queue could not be asked');
      }),
    ).rejects.toThrow('the queue could not be asked');
    expect(await readTurns(database, held.id)).toEqual([]);
  });

  it('keeps an image that two turns share once', async () => {
    const { database } = temporary.store;
    const held = await conversation();
    const image = imageOf('shared by two turns');
    await insertTurn(database, turnOf(held, 0, { image }));
    await insertTurn(database, turnOf(held, 1, { image }));
    expect(await database.select().from(images).where(eq(images.hash, image.hash))).toHaveLength(1);
    expect((await readTurns(database, held.id)).map(({ turn }) => turn.imageHash)).toEqual([
      image.hash,
      image.hash,
    ]);
  });

  it('takes whatever text a strategy, a judge or a server hands over', async () => {
    const { database } = temporary.store;
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.constantFrom(
          '',
          '\u0000',
          '\ud83d',
          'a\u0000b\udc00',
          "'; drop table art.turns; --",
          '$1, $2 and ?',
        ),
        async (text, nasty) => {
          const held = await conversation();
          const said = `${text}${nasty}`;
          const stored = await insertTurn(
            database,
            turnOf(held, 0, {
              turn: { prompt: said, instruction: said, outcome: 'refused', reason: said },
              image: undefined,
              verdicts: [
                verdictOf('prompt', 'error', { error: { code: 'X', message: said } }),
                verdictOf('prompt', 'unsafe', { judge: 'other', label: said, found: [said] }),
              ],
            }),
          );
          const [read] = await readTurns(database, held.id);
          expect(read?.turn).toEqual(stored);
          const kept = said.toWellFormed().replaceAll('\u0000', '');
          expect(stored).toMatchObject({ prompt: kept, instruction: kept, reason: kept });
          expect(read?.verdicts.find(({ judge }) => judge === 'other')).toMatchObject({
            label: kept,
            found: [kept],
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('takes whatever number of tokens a server reports', async () => {
    const { database } = temporary.store;
    for (const inputTokens of [1.5, 1e12, -1]) {
      const held = await conversation();
      await insertTurn(database, turnOf(held, 0, { requests: [withEndpoint({ inputTokens })] }));
      expect(await readTurns(database, held.id)).toHaveLength(1);
    }
  });

  it('takes whatever score a judge gives, as near as a 32-bit float comes', async () => {
    const { database } = temporary.store;
    const number = fc.oneof(
      fc.double({ min: 0, max: 1 }),
      fc.constantFrom(1e-50, 1e-45, 3e-46, 1.2e-38, 1e39, Number.NaN, Number.MAX_VALUE),
    );
    await fc.assert(
      fc.asyncProperty(number, async (score) => {
        const held = await conversation();
        await insertTurn(database, turnOf(held, 0, { verdicts: [verdictOf('prompt', 'safe', { score })] }));
        const [read] = await readTurns(database, held.id);
        const single = Math.fround(score);
        const kept = Number.isFinite(single) ? (single < 2 ** -126 ? 0 : single) : null;
        const stored = read?.verdicts[0]?.score ?? null;
        expect(stored === null ? null : Math.fround(stored)).toBe(kept);
      }),
      { numRuns: 40 },
    );
  });
});

function withEndpoint(row: Partial<ReturnType<typeof turnOf>['requests'][number]>) {
  return { endpoint: 'writer', waitedMs: 0, tookMs: 0, attempts: 1, ...row };
}
