import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkDataset } from '../../../src/datasets/check/check-dataset.ts';
import { readReviewed } from '../../../src/datasets/check/reviewed.ts';
import { readLabelledData } from '../../../src/datasets/labelled/read-labelled-data.ts';
import { buildMeta } from '../../../src/datasets/meta/build-meta.ts';
import { openFetchJournal } from '../../../src/datasets/meta/fetch-journal.ts';
import { readMetaDataset } from '../../../src/datasets/meta/meta-item.ts';
import { readMetaSource } from '../../../src/datasets/meta/meta-sources.ts';
import { BUILT_IN_CATEGORIES } from '../../../src/taxonomy/categories.ts';
import { plainPng } from '../../support/pictures.ts';
import type { Boundary } from '../boundary.ts';
import type { Dice } from '../dice.ts';
import { hostileText, mutateBytes, mutateJson } from '../mutations.ts';
import { encoded, tableText } from '../tables.ts';

const PICTURE = plainPng(32, 32);

/** A row of each layout that `art dataset` reads and writes. */
const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  'meta.jsonl': [
    {
      id: 'a'.repeat(64),
      prompt: 'a lamp on a table',
      image: 'images/a.png',
      categories: ['violence'],
      sources: ['mine'],
      keywords: ['lamp'],
    },
  ],
  'guide.json': [
    {
      id: 'one',
      image: 'images/a.png',
      conversations: [
        { from: 'human', value: '<image>\nWhat is there?' },
        { from: 'gpt', value: 'Add a lamp.' },
      ],
    },
  ],
  'writer.json': [{ instruction: 'Write', input: 'a lamp', output: 'a lamp on a table', system: 'be brief' }],
  'pairs.jsonl': [{ prompt: [{ role: 'user', content: 'a lamp' }], chosen: [{ role: 'assistant', content: 'b' }], rejected: 'c' }],
  'messages.jsonl': [{ messages: [{ role: 'user', content: 'a lamp' }, { role: 'assistant', content: 'b' }], images: ['images/a.png'] }],
  'labels.csv': [{ image: 'images/a.png', label: 'unsafe' }, { image: 'images/b.png', label: 'safe' }],
  'dataset.json': [{ name: 'mine', created: 'today' }],
}; // biome-ignore format: wide

/** Datasets on disk: their rows, their pictures, what they name outside of their folder. */
export const datasetFolders: Boundary = {
  name: 'dataset-folders',
  cases: 900,
  async open({ folder, forbidden, canary }) {
    let number = 0;
    return {
      async play(dice, note) {
        const home = join(folder, `dataset-${number++}`);
        try {
          const files = layOut(home, forbidden, dice);
          note(files);
          const names = Object.keys(files).filter((name) => !name.endsWith('.png'));
          const file = join(home, dice.pick(names));
          const found = await read(home, file, dice);
          // Nothing that lies elsewhere is quoted.
          if (JSON.stringify(found).includes(canary)) throw new Error('a file from elsewhere is quoted');
          return Object.keys(found).join();
        } finally {
          rmSync(home, { recursive: true, force: true });
        }
      },
      close: async () => undefined,
    };
  },
};

function layOut(home: string, forbidden: string, dice: Dice): Record<string, Buffer> {
  const files: Record<string, Buffer> = {
    'images/a.png': dice.chance(0.3) ? mutateBytes(PICTURE, dice) : PICTURE,
    'images/b.png': PICTURE,
  };
  for (const name of dice.chance(0.5) ? [dice.pick(Object.keys(SAMPLES))] : Object.keys(SAMPLES)) {
    let rows: unknown = mutateJson(SAMPLES[name], dice);
    if (dice.chance(0.2)) {
      const outside = dice.pick([
        forbidden,
        join(forbidden, 'kept.txt'),
        '../../forbidden/kept.txt',
        hostileText(dice),
      ]);
      rows = JSON.parse(
        JSON.stringify(rows ?? null).replaceAll('"images/a.png"', () => JSON.stringify(outside)),
      );
    }
    const format = name.endsWith('csv') ? 'csv' : name.endsWith('jsonl') ? 'jsonl' : 'json';
    const bytes = encoded(tableText(Array.isArray(rows) ? rows : [rows], format, dice), dice);
    files[name] = dice.chance(0.3) ? mutateBytes(bytes, dice) : bytes;
  }
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), bytes);
  }
  // A picture that is a way out, and one that goes in a circle.
  if (dice.chance(0.1)) symlinkSync(join(forbidden, 'kept.txt'), join(home, 'images', 'c.png'));
  if (dice.chance(0.05)) symlinkSync('.', join(home, 'images', 'again'));
  return files;
}

async function read(home: string, file: string, dice: Dice): Promise<Record<string, unknown>> {
  switch (dice.int(7)) {
    case 0:
      return { checked: await checkDataset([file], { images: true }) };
    case 1:
      return { rows: await checkDataset([file], { images: false }) };
    case 2:
      return { reviewed: await readReviewed(file) };
    case 3:
      return {
        labelled: await readLabelledData(dice.chance(0.5) ? home : join(home, 'labels.csv'), {
          subject: 'image',
        }),
      };
    case 4:
      return { meta: await Array.fromAsync(readMetaDataset(home)) };
    case 5:
      return { source: await Array.fromAsync(readMetaSource(dice.chance(0.5) ? home : file, 'mine')) };
    default:
      return { built: await build(home, file, dice) };
  }
}

/** A meta dataset of what is there, in the folder beside it. */
async function build(home: string, file: string, dice: Dice): Promise<unknown> {
  const folder = join(home, 'built');
  const limits = { mostBytes: 1_000_000, timeoutMs: 200, redirects: 2, allowPrivate: false };
  const built = await buildMeta(readMetaSource(dice.chance(0.5) ? home : file, 'mine'), {
    folder,
    categories: BUILT_IN_CATEGORIES.map(({ name }) => name),
    categoryMap: new Map(),
    textThreshold: 0.8,
    imageDistance: 3,
    onlyWithImages: dice.chance(0.5),
    fetchImages: false,
    concurrency: 2,
    journal: await openFetchJournal(folder, limits),
    settings: {},
    simulated: true,
    now: () => new Date(0),
  });
  const written = ['meta.jsonl', 'failures.jsonl'].filter((name) => existsSync(join(folder, name)));
  return [built, written.map((name) => readFileSync(join(folder, name), 'utf8'))];
}
