import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { CONCEPT_PICTOGRAMS, type ConceptPictogram } from './concepts.ts';
import { stemOf, wordsOf } from './words.ts';

const require = createRequire(import.meta.url);

/** Which pictograms a word can be drawn as. */
export interface Vocabulary {
  /** The files of ordinary pictograms for a stem, best first, at most three; empty for an unknown word. */
  ordinary(stem: string): readonly string[];
  /** The concept pictogram that a stem asks for outright. */
  concept(stem: string): ConceptPictogram | undefined;
  /** Every ordinary pictogram that has a plain name, for whatever a target adds by itself. */
  readonly everyday: readonly string[];
}

/** Single code points that never appear by themselves: signs, children, faith, weapons, anything indecent. */
const LEFT_OUT: readonly (readonly [number, number])[] = [
  [0x0, 0x25ff],
  [0x2618, 0x2638],
  [0x2640, 0x2653],
  [0x265f, 0x2692],
  [0x2694, 0x26a7],
  [0x26aa, 0x26b1],
  [0x26ce, 0x26d4],
  [0x26e9, 0x26e9],
  [0x2705, 0x2705],
  [0x270a, 0x270d],
  [0x2714, 0x2721],
  [0x2733, 0x2734],
  [0x2747, 0x2757],
  [0x2763, 0x2763],
  [0x2795, 0x3fff],
  [0x1f000, 0x1f2ff],
  [0x1f346, 0x1f346],
  [0x1f351, 0x1f351],
  [0x1f3e7, 0x1f3e9],
  [0x1f440, 0x1f450],
  [0x1f459, 0x1f459],
  [0x1f464, 0x1f467],
  [0x1f46a, 0x1f46f],
  [0x1f476, 0x1f476],
  [0x1f479, 0x1f47c],
  [0x1f47f, 0x1f480],
  [0x1f489, 0x1f48b],
  [0x1f48f, 0x1f48f],
  [0x1f491, 0x1f491],
  [0x1f493, 0x1f495],
  [0x1f49f, 0x1f4ad],
  [0x1f4af, 0x1f4af],
  [0x1f4e3, 0x1f4e3],
  [0x1f4f4, 0x1f4f6],
  [0x1f500, 0x1f508],
  [0x1f513, 0x1f513],
  [0x1f515, 0x1f524],
  [0x1f52a, 0x1f52b],
  [0x1f52f, 0x1f54e],
  [0x1f550, 0x1f567],
  [0x1f590, 0x1f596],
  [0x1f5e1, 0x1f5e1],
  [0x1f5ef, 0x1f5ef],
  [0x1f600, 0x1f64f],
  [0x1f6ab, 0x1f6b1],
  [0x1f6b3, 0x1f6b3],
  [0x1f6b7, 0x1f6c5],
  [0x1f6d0, 0x1f6d1],
  [0x1f7e0, 0x1f7f0],
  [0x1f90c, 0x1f915],
  [0x1f917, 0x1f91f],
  [0x1f922, 0x1f922],
  [0x1f92c, 0x1f92e],
  [0x1f930, 0x1f931],
  [0x1f9b7, 0x1f9b7],
  [0x1f9d2, 0x1f9d2],
  [0x1f9db, 0x1f9df],
  [0x1fa72, 0x1fa72],
  [0x1fa78, 0x1fa79],
  [0x1fa92, 0x1fa93],
  [0x1faa6, 0x1faa7],
  [0x1faaf, 0x1faaf],
  [0x1fab3, 0x1fab3],
  [0x1fac0, 0x1fac5],
  [0x1fae0, 0x1faff],
];

/** The file name in `@twemoji/svg` of an emoji that is one code point; `undefined` for any other. */
function singleFile(emoji: string): string | undefined {
  const codePoints = [...emoji].map((one) => one.codePointAt(0) ?? 0).filter((one) => one !== 0xfe0f);
  const [first] = codePoints;
  if (first === undefined || codePoints.length > 1) return undefined;
  const file = first.toString(16);
  const leftOut = LEFT_OUT.some(([low, high]) => first >= low && first <= high);
  return leftOut || NOT_DRAWN.has(first) || CONCEPT_FILES.has(file) ? undefined : file;
}

const CONCEPT_FILES = new Set(CONCEPT_PICTOGRAMS.map(({ file }) => file));

/** Newer than the set of drawings. */
const NOT_DRAWN = new Set([
  0x1fabe, 0x1fac6, 0x1fac8, 0x1facd, 0x1fadc, 0x1fadf, 0x1fa89, 0x1fa8a, 0x1fa8e, 0x1fa8f, 0x1f6d8,
]);

/** Words of the sandbox's themes that the emoji set names otherwise. */
const ALSO: Readonly<Record<string, string>> = {
  almanac: '1f5fa',
  armchair: '1f6cb',
  astronaut: '1f468-200d-1f680',
  attic: '1f3e0',
  awning: '1f3ea',
  baker: '1f469-200d-1f373',
  barn: '1f6d6',
  billboard: '1f5bc',
  bird: '1f426',
  bookcase: '1f4da',
  bookshelf: '1f4da',
  cabin: '1f6d6',
  cake: '1f370',
  campfire: '1f525',
  cook: '1f468-200d-1f373',
  cottage: '1f3e1',
  cushion: '1f6cb',
  deckchair: '1fa91',
  diary: '1f4d4',
  dinosaur: '1f995',
  farmer: '1f468-200d-1f33e',
  fireplace: '1f525',
  forest: '1f332',
  gallery: '1f3db',
  garden: '1f33b',
  gardener: '1f469-200d-1f33e',
  garland: '1f38a',
  gift: '1f381',
  goldfish: '1f420',
  grandmother: '1f475',
  harbour: '2693',
  haystack: '1f33e',
  hose: '1f6bf',
  igloo: '1f6d6',
  kettle: '1fad6',
  kitchen: '1f373',
  lamp: '1f4a1',
  lighthouse: '1f5fc',
  magazine: '1f4f0',
  magician: '1fa84',
  mask: '1f3ad',
  mitten: '1f9e4',
  musician: '1f469-200d-1f3a4',
  neighbour: '1f9d1',
  notebook: '1f4d3',
  orchard: '1f34e',
  painter: '1f469-200d-1f3a8',
  palm: '1f334',
  parade: '1f389',
  parasol: '26f1',
  pier: '1f309',
  pigeon: '1f426',
  pond: '1f986',
  popsicle: '1f366',
  portrait: '1f5bc',
  postcard: '1f3de',
  postman: '1f468-200d-1f4bc',
  puppet: '1f9f8',
  quill: '1fab6',
  sailor: '1f6a3',
  sandcastle: '1f3f0',
  scarecrow: '1f33d',
  seashell: '1f41a',
  skyscraper: '1f3d9',
  speaker: '1f50a',
  stage: '1f3ad',
  staircase: '1fa9c',
  starfish: '2b50',
  stream: '1f3de',
  street: '1f6e3',
  sun: '1f31e',
  sunhat: '1f452',
  sweater: '1f9e5',
  teacher: '1f469-200d-1f3eb',
  train: '1f686',
  traveller: '1f6b6',
  tree: '1f333',
  trunk: '1f9f3',
  wheelbarrow: '1f6d2',
  windmill: '1f3e1',
  woodpecker: '1f426',
};

const keywordsSchema = z.record(z.string(), z.array(z.string()));

async function load(): Promise<Vocabulary> {
  const text = await readFile(require.resolve('emojilib'), 'utf8');
  const keywords = keywordsSchema.parse(JSON.parse(text));
  // 0: the word is the name; 1: it is part of the name; 2: it is a keyword.
  const ranked = new Map<string, { file: string; rank: number }[]>();
  const everyday: string[] = [];
  for (const [emoji, [name = '', ...others]] of Object.entries(keywords)) {
    const file = singleFile(emoji);
    if (file === undefined) continue;
    const nameWords = wordsOf(name.replaceAll('_', ' ')).map(stemOf);
    if (nameWords.length === 1) everyday.push(file);
    const rankOf = new Map<string, number>();
    for (const word of others) rankOf.set(stemOf(word.toLowerCase()), 2);
    for (const word of nameWords) rankOf.set(word, nameWords.length === 1 ? 0 : 1);
    for (const [word, rank] of rankOf) {
      const list = ranked.get(word) ?? [];
      list.push({ file, rank });
      ranked.set(word, list);
    }
  }
  const best = new Map<string, readonly string[]>();
  for (const [word, list] of ranked) {
    const lowest = Math.min(...list.map(({ rank }) => rank));
    best.set(
      word,
      list
        .filter(({ rank }) => rank === lowest)
        .slice(0, 3)
        .map(({ file }) => file),
    );
  }
  for (const [word, file] of Object.entries(ALSO)) best.set(word, [file]);
  const concepts = new Map(
    CONCEPT_PICTOGRAMS.flatMap((one) => one.words.map((word) => [stemOf(word), one] as const)),
  );
  return { ordinary: (stem) => best.get(stem) ?? [], concept: (stem) => concepts.get(stem), everyday };
}

let vocabulary: Promise<Vocabulary> | undefined;

/**
 * The words that the sandbox can draw, read once when first needed.
 *
 * Source: emojilib's keywords (Mu-An Chiou, MIT), less everything that is not plainly harmless.
 *
 * @throws when the package `emojilib` cannot be read
 */
export function loadVocabulary(): Promise<Vocabulary> {
  vocabulary ??= load();
  return vocabulary;
}
