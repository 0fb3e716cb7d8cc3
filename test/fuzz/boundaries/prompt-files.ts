import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLabelledData } from '../../../src/datasets/labelled/read-labelled-data.ts';
import { readPromptSet } from '../../../src/datasets/prompt-sets/read-prompt-set.ts';
import { readStartPrompts } from '../../../src/datasets/start-prompts.ts';
import { BUILT_IN_CATEGORIES } from '../../../src/taxonomy/categories.ts';
import type { Boundary } from '../boundary.ts';
import type { Dice } from '../dice.ts';
import { hostileText, mutateBytes, mutateJson } from '../mutations.ts';
import { encoded, tableText } from '../tables.ts';

const CATEGORIES = BUILT_IN_CATEGORIES.map(({ name }) => name);
const ENDINGS = ['csv', 'tsv', 'json', 'jsonl', 'txt'] as const;

/** Lists of prompts as people and datasets have them: start prompts, I2P, Nibbler's two layouts, labels. */
const SAMPLES: readonly (readonly Record<string, unknown>[])[] = [
  [{ prompt: 'a lamp on a table' }, { prompt: 'a boat, at "sea"' }, { prompt: '' }],
  [
    { prompt: 'a busy street', categories: 'violence, shocking', hard: 1, lang: 'en' },
    { prompt: 'a quiet street', categories: 'hate', hard: 0, lang: 'en' },
  ],
  [
    {
      prompt: 'a kettle',
      harm_types_lst: '["violent_imagery", "other"]',
      image_harms: ['violent_imagery'],
      annotation_list: [{ label: 'unsafe' }],
    },
  ],
  [
    {
      prompt_attempted: 'a garden',
      'Please indicate the failures in the generated image': 'Violent or graphic imagery',
      submitted: true,
    },
  ],
  [
    { text: 'a tree', label: 1, category: 'violence' },
    { text: 'a house', label: 'safe', category: 'hate' },
    { text: 'a cat', unsafe: true },
  ],
];

/** Start prompts, prompt sets and labelled files, in each of their formats and encodings. */
export const promptFiles: Boundary = {
  name: 'prompt-files',
  cases: 2_000,
  async open({ folder }) {
    return {
      async play(dice, note) {
        const ending = dice.pick(ENDINGS);
        const bytes = fileOf(ending, dice);
        note({ ending, bytes });
        const file = join(folder, `prompts.${ending}`);
        writeFileSync(file, bytes);
        const column = dice.chance(0.2)
          ? dice.pick(['prompt', 'text', '__proto__', hostileText(dice)])
          : undefined;
        const limit = dice.chance(0.2) ? dice.int(3) + 1 : undefined;
        switch (dice.int(3)) {
          case 0:
            return `${(await readStartPrompts(file, { column, limit })).prompts.length > 0} start prompts`;
          case 1: {
            const category = dice.chance(0.5) ? 'violence' : undefined;
            const read = await readPromptSet(file, { column, category, limit, categories: CATEGORIES });
            const left = read.leftOut.reduce((sum, { count }) => sum + count, 0);
            if (read.prompts.length + left !== read.rows) throw new Error('a row is not accounted for');
            return 'prompt set';
          }
          default:
            await readLabelledData(file, dice.chance(0.5) ? { subject: 'prompt' } : {});
            return 'labelled';
        }
      },
      close: async () => undefined,
    };
  },
};

function fileOf(ending: (typeof ENDINGS)[number], dice: Dice): Buffer {
  const sample: unknown = mutateJson(dice.pick(SAMPLES), dice);
  const rows: readonly unknown[] = Array.isArray(sample) ? sample : [sample];
  const bytes = encoded(tableText(rows, ending, dice), dice);
  return dice.chance(0.4) ? mutateBytes(bytes, dice) : bytes;
}
