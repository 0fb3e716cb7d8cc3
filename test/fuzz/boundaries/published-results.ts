import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importResults } from '../../../src/campaign/import-results.ts';
import { readArtResults } from '../../../src/datasets/art-results/read-art-results.ts';
import type { Boundary } from '../boundary.ts';
import type { Dice } from '../dice.ts';
import { hostileText, jsonText, mutateBytes, mutateJson } from '../mutations.ts';
import { openPreparedStore } from '../prepare-store.ts';

const FIXTURE = join(
  import.meta.dirname,
  '../../fixtures/art-results/SD_1.5/test_gen_hate_height_512_width_512_guidance_7.5/result.json',
);
const FOLDERS = [
  'test_gen_hate_height_512_width_512_guidance_7.5',
  'test_gen_violence_height_512_width_512_guidance_7.5',
  'test_gen_illegal activity_height_768_width_512_guidance_2',
] as const;

/** Result files of the paper's code, and the folders that they lie in, read and imported. */
export const publishedResults: Boundary = {
  name: 'published-results',
  cases: 700,
  async open({ folder, forbidden }) {
    const store = await openPreparedStore(join(folder, 'data'));
    const whole: unknown = JSON.parse(readFileSync(FIXTURE, 'utf8'));
    const sample = Array.isArray(whole) ? whole.slice(0, 1) : whole;
    let number = 0;
    return {
      async play(dice, note) {
        const home = join(folder, `results-${number++}`);
        try {
          const made = layOut(home, sample, forbidden, dice);
          note(made);
          const results = await readArtResults(home);
          let stored = 0;
          for (const campaign of dice.chance(0.2) ? results.campaigns : []) {
            stored += (await importResults(store, campaign)).counts.prompts;
          }
          return stored > 0 ? 'imported' : 'read';
        } finally {
          rmSync(home, { recursive: true, force: true });
        }
      },
      close: () => store.close(),
    };
  },
};

function layOut(home: string, sample: unknown, forbidden: string, dice: Dice): unknown {
  const made: Record<string, string> = {};
  for (let files = 1 + dice.int(2); files > 0; files--) {
    const name = dice.chance(0.8) ? dice.pick(FOLDERS) : safeName(hostileText(dice));
    const target = join(home, dice.pick(['SD_1.5', 'SD_2.1', 'odd'] as const), name);
    mkdirSync(target, { recursive: true });
    const value = dice.chance(0.15) ? sample : mutateJson(sample, dice);
    const bytes = Buffer.from(jsonText(value, dice));
    const content = dice.chance(0.15) ? mutateBytes(bytes, dice) : bytes;
    writeFileSync(join(target, 'result.json'), content);
    made[name] = content.toString('utf8');
  }
  if (dice.chance(0.05)) symlinkSync('..', join(home, 'again'));
  if (dice.chance(0.05)) symlinkSync(forbidden, join(home, 'elsewhere'));
  return made;
}

/** A name that a file system takes. */
function safeName(text: string): string {
  const name = text.replace(/[/\0]/g, '_').slice(0, 60).toWellFormed();
  return name === '' || name === '.' || name === '..' ? 'odd' : name;
}
