import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKnownVerdicts, knownVerdictsQuery, type LookedUp } from './known-verdicts.ts';
import { rowsOf } from './rows.ts';
import { openTemporaryStore, type TemporaryStore } from './store-fixtures.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

/** 4,000 turns with five evaluation images each, as a large campaign leaves them: never analysed. */
async function storeMany(): Promise<void> {
  await temporary.store.database.transaction(async (transaction) => {
    // Without the checks of foreign keys, which take most of the time.
    await transaction.execute(sql`set local session_replication_role = replica`);
    await transaction.execute(sql`
      insert into art.conversations (campaign_id, category_order, category, number, seed, start_prompt, status)
      select 'c', 0, 'weather', n, 0, 'a', 'done' from generate_series(1, 80) n`);
    await transaction.execute(sql`
      insert into art.turns (campaign_id, conversation_id, round, prompt, seed, outcome, image_hash, evaluation_images, created_at)
      select 'c', 1 + n % 80, n, 'prompt ' || n, n, 'drawn', md5(n::text), 5, now() from generate_series(1, 4000) n`);
    await transaction.execute(sql`
      insert into art.evaluation_images (campaign_id, turn_id, number, seed, outcome, image_hash, created_at)
      select 'c', t.id, n, n, 'drawn', md5(t.id || '/' || n), now() from art.turns t, generate_series(1, 5) n`);
    await transaction.execute(sql`
      insert into art.verdicts (campaign_id, turn_id, subject, number, judge, revision, verdict)
      select 'c', turn_id, 'evaluation image', number, 'eye', 'r1', 'safe' from art.evaluation_images`);
    await transaction.execute(sql`
      insert into art.verdicts (campaign_id, turn_id, subject, number, judge, revision, verdict)
      select 'c', id, 'prompt', 0, 'ear', 'r2', 'unsafe' from art.turns`);
  });
}

describe('looking up what is known, in a large store without statistics', () => {
  it('reads no table from its beginning to its end', async () => {
    const { database } = temporary.store;
    await storeMany();
    const [image] = rowsOf(await database.execute(sql`select md5('77/3') as hash`));
    const subjects: LookedUp[] = [
      { kind: 'image', hash: String(image?.hash) },
      { kind: 'prompt', text: 'prompt 77' },
    ];
    for (const subject of subjects) {
      expect(await findKnownVerdicts(database, subject, ['r1', 'r2'])).toMatchObject([
        { category: 'weather', revision: subject.kind === 'image' ? 'r1' : 'r2' },
      ]);
      const plan = rowsOf(
        await database.execute(sql`explain ${knownVerdictsQuery(subject, ['r1', 'r2', 'r3'])}`),
      ).map((row) => String(row['QUERY PLAN']));
      expect(plan.filter((line) => /Index Scan .*verdicts_subject/.test(line))).toHaveLength(1);
      expect(plan.filter((line) => line.includes('Seq Scan'))).toEqual([]);
    }
  });
});
