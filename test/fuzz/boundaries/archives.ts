import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportCampaign } from '../../../src/archive/export-campaign.ts';
import { importCampaign } from '../../../src/archive/import-campaign.ts';
import { damagedArchive } from '../../support/damaged-archives.ts';
import type { Boundary } from '../boundary.ts';
import { openPreparedStore } from '../prepare-store.ts';

/** Archives of campaigns: paths that lead out, bombs, links, damage. */
export const archives: Boundary = {
  name: 'archives',
  cases: 400,
  async open({ folder }) {
    const store = await openPreparedStore(join(folder, 'data'));
    const file = join(folder, 'campaign.zip');
    await exportCampaign(store, { id: 'small', name: 'a small one' }, file);
    const archive = readFileSync(file);
    return {
      async play(dice, note) {
        const { how, bytes } = damagedArchive(archive, dice);
        note({ how, bytes });
        writeFileSync(file, bytes);
        return (await importCampaign(store, file)).status;
      },
      close: () => store.close(),
    };
  },
};
