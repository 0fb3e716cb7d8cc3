/**
 * The queries of the hot paths with their plans (EXPLAIN ANALYZE), on a PostgreSQL server with a campaign of 100,000
 * turns (500,000 verdicts, 700,000 requests) and one of a tenth of that, which is asked about, and a queue of 100,000
 * jobs: which indexes serve them, what is read from end to end, how many pages. Fails where a table that grows with every
 * turn is read from end to end that should not be. `test/query-plans.test.ts` is the short form. `--turns 10000` for a
 * quick look; `--verbose` prints the statements, too.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'drizzle-orm';
import { openStore } from '../src/store/open-store.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { BIG_TABLES, fetchStatement, fillSlots, HOT_QUERIES, middleOf } from './support/hot-queries.ts';
import { createLargeCampaign } from './support/large-campaign.ts';
import { type Plan, PlanReader } from './support/query-plan.ts';
import { campaignOfTurns } from './support/turns.ts';

const { values } = parseArgs({
  options: { turns: { type: 'string', default: '100000' }, verbose: { type: 'boolean', default: false } },
});
const turns = Number(values.turns);
const folder = await mkdtemp(join(tmpdir(), 'art-bench-plans-'));
const server = await startPostgres();
let bad = 0;
try {
  const databaseUrl = await server.createDatabase('plans');
  const store = await openStore({ dataDir: folder, databaseUrl, command: 'bench' });
  const reader = await PlanReader.open(databaseUrl);
  try {
    await createLargeCampaign(store, campaignOfTurns(turns));
    const asked = await createLargeCampaign(store, { ...campaignOfTurns(turns / 10), seed: 4321 });
    await fillSlots(store.database);
    // A server does so by itself now and then.
    await store.database.execute(sql`vacuum analyze`);
    const place = await middleOf(store.database, asked);
    for (const { name, run, indexes, mayScan = [] } of HOT_QUERIES) {
      const statements = await reader.statementsOf((database) => run(database, place));
      const plans: Plan[] = [];
      for (const statement of statements) plans.push(await reader.explain(statement));
      show(name, plans, { indexes, mayScan });
    }
    const fetch = await reader.explain(await fetchStatement(reader, store.database, turns));
    show(`jobs are fetched from a queue of ${turns}`, [fetch], { indexes: [], mayScan: [] });
  } finally {
    await reader.close();
    await store.close();
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
console.log(
  `plans: ${HOT_QUERIES.length + 1} hot paths, ${bad} with a plan that should not be (to reach: 0)`,
);
if (bad > 0) process.exitCode = 1;

function show(
  name: string,
  plans: readonly Plan[],
  { indexes, mayScan }: { readonly indexes: readonly string[]; readonly mayScan: readonly string[] },
): void {
  const used = [...new Set(plans.flatMap((plan) => plan.indexes))];
  const scanned = plans.flatMap((plan) => plan.scanned);
  const wrong = scanned.filter(({ table }) => BIG_TABLES.has(table) && !mayScan.includes(table));
  const missing = indexes.filter((index) => !used.includes(index));
  if (wrong.length + missing.length > 0) bad++;
  const sum = (of: (plan: Plan) => number) => plans.reduce((total, plan) => total + of(plan), 0);
  const notes = [
    `${plans.length} statement${plans.length === 1 ? '' : 's'}`,
    `${sum(({ milliseconds }) => milliseconds).toFixed(1)} ms`,
    `${sum(({ pages }) => pages)} pages`,
    `indexes: ${used.join(', ') || 'none'}`,
    ...(scanned.length === 0
      ? []
      : [`from end to end: ${scanned.map(({ table, rows }) => `${table} (${rows} rows)`).join(', ')}`]),
    ...(missing.length === 0 ? [] : [`NOT BY: ${missing.join(', ')}`]),
    ...(wrong.length === 0 ? [] : ['SHOULD NOT BE READ FROM END TO END']),
  ];
  console.log(`${name}: ${notes.join('; ')}`);
  if (values.verbose) for (const { statement } of plans) console.log(`    ${statement.replace(/\s+/g, ' ')}`);
}
