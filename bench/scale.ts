/**
 * Scale: what a campaign of 100,000 turns (300,000 evaluation images, 500,000 verdicts) costs those who look at it,
 * and how that grows from 10,000, embedded and on a PostgreSQL server. Campaigns are made up and written straight
 * into stores of their own; the sizes take turns with each question, so that other programs are fair to both. Times are
 * medians; growth is told by processor time, or, of what takes a moment, by the fastest time: other programs on the
 * machine only ever add to it.
 * The growth is the exponent e of time ~ turns^e: 0 where the size does not matter, 1 where twice the campaign takes
 * twice as long. Wanted: at most 1.1, which leaves room for caches that the smaller one fits into.
 *
 * `--turns 1000,10000` and `--runs 3` for a quick look; `--on embedded` or `--on server` for one of them alone,
 * `--only conversation` for the questions with that in their name. Takes
 * some ten minutes, most of which writes the campaigns.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'drizzle-orm';
import { openStore, type Store } from '../src/store/open-store.ts';
import type { CampaignRow } from '../src/store/schema.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { createLargeCampaign } from './support/large-campaign.ts';
import { median } from './support/median.ts';
import { PostgresClock } from './support/postgres-clock.ts';
import { QUESTIONS, type Question } from './support/questions.ts';
import { campaignOfTurns } from './support/turns.ts';

const MOST_GROWTH = 1.1;
const ENOUGH_PROCESSOR_MS = 300;

const { values } = parseArgs({
  options: {
    turns: { type: 'string', default: '10000,100000' },
    runs: { type: 'string', default: '5' },
    on: { type: 'string', default: 'embedded,server' },
    only: { type: 'string', default: '' },
  },
});
const sizes = values.turns.split(',').map(Number);
const runs = Number(values.runs);

interface Held {
  readonly turns: number;
  readonly store: Store;
  readonly campaign: CampaignRow;
}

let worst = { growth: Number.NEGATIVE_INFINITY, name: '' };
const folder = await mkdtemp(join(tmpdir(), 'art-bench-scale-'));
try {
  if (values.on.includes('embedded')) {
    await measure('embedded (PGlite)', (turns) =>
      openStore({ dataDir: join(folder, String(turns)), command: 'bench' }),
    );
  }
  if (values.on.includes('server')) {
    const server = await startPostgres();
    try {
      await measure('on a PostgreSQL server', async (turns) => {
        const databaseUrl = await server.createDatabase(`of_${turns}`);
        return await openStore({ dataDir: join(folder, `server-${turns}`), databaseUrl, command: 'bench' });
      });
    } finally {
      await server.stop();
    }
  }
  console.log(
    `scale: from ${sizes.at(0)} to ${sizes.at(-1)} turns nothing grows faster than turns^${worst.growth.toFixed(2)} (${worst.name}; at most ${MOST_GROWTH})`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure(where: string, open: (turns: number) => Promise<Store>): Promise<void> {
  const held: Held[] = [];
  try {
    for (const turns of sizes) {
      const begun = performance.now();
      const store = await open(turns);
      const campaign = await createLargeCampaign(store, campaignOfTurns(turns));
      // A server does so by itself, some minutes later; an embedded database never does.
      if (store.kind === 'server') await store.database.execute(sql`vacuum analyze`);
      held.push({ turns, store, campaign });
      console.log(`${where}: ${turns} turns made in ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
    }
    for (const question of QUESTIONS) {
      if (question.name.includes(values.only)) await ask(where, question, held);
    }
  } finally {
    for (const { store } of held) await store.close();
  }
}

/** What a question took each time, in milliseconds. */
interface Taken {
  readonly wall: number[];
  /** Processor time of this process and of the PostgreSQL server together. */
  readonly processor: number[];
}

async function ask(where: string, question: Question, held: readonly Held[]): Promise<void> {
  const asked = [];
  for (const { turns, store, campaign } of held) {
    const clock = store.kind === 'server' ? await PostgresClock.start(store.database) : undefined;
    const taken: Taken = { wall: [], processor: [] };
    asked.push({ turns, clock, taken, answer: await question.prepare(store, campaign) });
  }
  // The first time warms up.
  for (let run = 0; run <= runs; run++) {
    for (const { clock, taken, answer } of asked) {
      const before = (await clock?.milliseconds()) ?? 0;
      const cpu = process.cpuUsage();
      const begun = performance.now();
      await answer();
      const wall = performance.now() - begun;
      const { user, system } = process.cpuUsage(cpu);
      const onServer = ((await clock?.milliseconds()) ?? 0) - before;
      if (run === 0) continue;
      taken.wall.push(wall);
      taken.processor.push((user + system) / 1_000 + onServer);
    }
  }
  const [small, large] = [asked.at(0), asked.at(-1)];
  if (small === undefined || large === undefined) return;
  // Processor time, which other programs hardly touch, is counted too coarsely for what takes a moment.
  const byProcessor = median(large.taken.processor) >= ENOUGH_PROCESSOR_MS;
  const cost = ({ wall, processor }: Taken) => (byProcessor ? mean(processor) : Math.min(...wall));
  const growth = Math.log(cost(large.taken) / cost(small.taken)) / Math.log(large.turns / small.turns);
  if (growth > worst.growth) worst = { growth, name: `${question.name}, ${where}` };
  const shown = asked.map(({ taken }) => milliseconds(median(taken.wall))).join(', ');
  const costs = asked.map(({ taken }) => milliseconds(cost(taken))).join(', ');
  const how = byProcessor ? 'processor time' : 'the fastest';
  console.log(
    `${where}: ${question.name.padEnd(44)} ${shown} (${how}: ${costs}): growth ${growth.toFixed(2)}`,
  );
}

function milliseconds(value: number): string {
  return value < 10 ? `${value.toFixed(2)} ms` : `${value.toFixed(0)} ms`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
