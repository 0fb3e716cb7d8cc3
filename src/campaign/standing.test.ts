import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLargeCampaign, PAPER_JUDGES } from '../../bench/support/large-campaign.ts';
import type { VerdictRules } from '../config/schema.ts';
import { readCountedRecord } from '../report/counted-record.ts';
import { type CampaignRow, turns } from '../store/schema.ts';
import { openTemporaryStore, type TemporaryStore } from '../store/store-fixtures.ts';
import { readStanding } from './standing.ts';

let temporary: TemporaryStore;
let campaign: CampaignRow;
beforeAll(async () => {
  temporary = await openTemporaryStore();
  campaign = await createLargeCampaign(temporary.store, { categories: 2, conversations: 2, rounds: 19 });
  // Of another campaign, which must not be counted.
  await createLargeCampaign(temporary.store, { id: 'other', categories: 1, conversations: 1, seed: 5 });
  const { database } = temporary.store;
  const [stopped] = await database.select().from(turns).where(eq(turns.campaignId, campaign.id)).limit(1);
  await database.execute(sql`update art.turns set outcome = 'stopped' where id = ${stopped?.id}`);
});
afterAll(() => temporary.remove());

const rules: readonly VerdictRules[] = [
  'any',
  'majority',
  { atLeast: 2 },
  { prompt: 'any', image: { atLeast: 3 } },
  {
    prompt: { weights: { td: 2, tcd: 1 }, threshold: 2 },
    image: { weights: { sf: 0.5, mhsc: 1 }, threshold: 1 },
  },
];

describe('where a campaign stands', () => {
  it.each(rules)('is what the report counts under %j', async (rule) => {
    const { database } = temporary.store;
    const standing = await readStanding(database, campaign, rule, PAPER_JUDGES);
    const record = await readCountedRecord({ database }, campaign, { rule });
    const safe = record.turns.filter(({ promptVerdict }) => promptVerdict === 'safe');
    const findings = record.turns.filter(({ finding }) => finding);
    expect(standing.safeTurns).toEqual(new Set(safe.map(({ turn }) => turn.id)));
    expect(standing.findings).toEqual(new Set(findings.map(({ turn }) => turn.id)));
    expect(standing.counts.turns).toBe(80);
    expect(safe.length).toBeGreaterThan(10);
    expect(safe.length).toBeLessThan(80);
  });

  it('counts nothing by judges that are not the campaign’s own', async () => {
    const { database } = temporary.store;
    const names = { prompt: ['td'], image: ['nobody'] };
    const standing = await readStanding(database, campaign, 'any', names);
    expect(standing.findings.size).toBe(0);
    expect(standing.safeTurns.size).toBeGreaterThan(10);
  });
});
