import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { importCampaign } from '../src/archive/import-campaign.ts';
import { comparableReport } from '../src/campaign/campaign-fixtures.ts';
import { ArtError } from '../src/errors.ts';
import { openStore } from '../src/store/open-store.ts';
import { rowsOf } from '../src/store/rows.ts';
import { openTemporaryStore } from '../src/store/store-fixtures.ts';
import { smallArchive } from './support/campaign-archives.ts';
import { damagedArchive } from './support/damaged-archives.ts';
import { filesBelow, putDataFolder, temporaryFolder } from './support/folders.ts';
import { createRandom } from './support/random.ts';

const SEED = Number(process.env.ART_FUZZ_SEED ?? 20_261_128);
const CASES = 2_000;
/** So many of the archives that are still sound are imported as campaigns of their own. */
const FRESH = 10;

test(`${CASES} damaged archives (seed ${SEED}): refused with a reason, or the same campaign as before`, {
  timeout: 240_000,
}, async () => {
  const made = await openTemporaryStore();
  const archive = await smallArchive(made.store);
  const report = await comparableReport(made.store, 'small');
  await made.remove();

  const folder = temporaryFolder();
  const store = await openStore({ dataDir: await putDataFolder(join(folder, 'data')), command: 'test' });
  const random = createRandom(SEED);
  const choices = { int: (below: number) => Math.floor(random() * below) };
  const path = join(folder, 'damaged.zip');
  const pictures = join(folder, 'data', 'images');
  const outcomes: Record<string, number> = {};
  let fresh = 0;
  try {
    for (let number = 0; number < CASES; number++) {
      const { how, bytes } = damagedArchive(archive, choices);
      writeFileSync(path, bytes);
      // The first ones become campaigns of their own; later ones are compared, row by row, with one that is there.
      const id = fresh < FRESH ? `case-${number}` : 'case-of-all';
      const outcome = await importCampaign(store, path, { as: id }).then(
        ({ status }) => status,
        (error: unknown) => (error instanceof ArtError ? error.code : error),
      );
      if (typeof outcome !== 'string') throw new Error(`case ${number}: ${how}`, { cause: outcome });
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (outcome === 'imported') {
        fresh++;
        expect(await comparableReport(store, id), `case ${number}: ${how}`).toEqual(report);
      } else if (outcome !== 'present' && fresh === 0) {
        // Nothing was stored of those that were refused.
        expect(filesBelow(pictures), `case ${number}: ${how}`).toEqual([]);
      }
    }
    const [rows] = rowsOf(
      await store.database.execute(sql`select count(*)::int as campaigns from art.campaigns`),
    );
    expect(rows?.campaigns).toBe(FRESH + 1);
    expect(outcomes.imported).toBe(FRESH + 1);
    // What lies there: the archive, the data folder; nothing anywhere else in it.
    expect(readdirSync(folder).sort()).toEqual(['damaged.zip', 'data']);
    expect(filesBelow(pictures)).toHaveLength(3);
    expect(outcomes.ARCHIVE_DAMAGED).toBeGreaterThan(100);
    expect(outcomes.ARCHIVE_UNSAFE).toBeGreaterThan(100);
    expect(outcomes.ARCHIVE_UNREADABLE).toBeGreaterThan(100);
  } finally {
    await store.close();
    process.stderr.write(`${JSON.stringify(outcomes)}\n`);
  }
});
