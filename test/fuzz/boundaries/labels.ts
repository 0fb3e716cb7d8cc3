import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labelsOfFile } from '../../../src/campaign/import-labels.ts';
import { readRows } from '../../../src/datasets/labelled/rows.ts';
import { parseLabel } from '../../../src/server/label-input.ts';
import { putLabel } from '../../../src/store/labels.ts';
import { readRecord } from '../../../src/store/record.ts';
import type { Boundary } from '../boundary.ts';
import { mutateBytes, mutateJson } from '../mutations.ts';
import { openPreparedStore } from '../prepare-store.ts';
import { encoded, tableText } from '../tables.ts';

const CAMPAIGN = 'small';

/** Labels that people gave elsewhere, from the file into the store. */
export const labelFiles: Boundary = {
  name: 'labels',
  cases: 800,
  async open({ folder }) {
    const store = await openPreparedStore(join(folder, 'data'));
    const { database } = store;
    const record = await readRecord(database, CAMPAIGN);
    const rows = record.slice(0, 3).map(({ conversation, turn }) => ({
      campaign: CAMPAIGN,
      category: conversation.category,
      conversation: conversation.number,
      round: turn.round,
      subject: 'prompt',
      number: 0,
      reviewer: 'somebody',
      label: 'safe',
    }));
    return {
      async play(dice, note) {
        const made: unknown = dice.chance(0.2) ? rows : mutateJson(rows, dice);
        const ending = dice.pick(['csv', 'tsv', 'jsonl', 'json'] as const);
        const text = encoded(tableText(Array.isArray(made) ? made : [made], ending, dice), dice);
        const bytes = dice.chance(0.2) ? mutateBytes(text, dice) : text;
        note({ ending, bytes });
        const file = join(folder, `labels.${ending}`);
        writeFileSync(file, bytes);
        const { labels } = labelsOfFile(await readRows(file), record, { campaignId: CAMPAIGN });
        await database.transaction(async (transaction) => {
          for (const { place: _, ...row } of labels)
            await putLabel(transaction, CAMPAIGN, parseLabel(JSON.stringify(row)), new Date(0));
        });
        return 'stored';
      },
      close: () => store.close(),
    };
  },
};
