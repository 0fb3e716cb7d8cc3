import { tokenise } from '../../metrics/self-bleu.ts';

/** Words in a row that are compared. */
const SHINGLE = 3;
const BANDS = 32;
const ROWS = 4;
const MODULUS = 2 ** 32;

/**
 * Finds texts that are nearly the same as one before, without comparing all pairs: MinHash signatures in bands, and
 * the exact Jaccard similarity of the candidates' shingles (three words in a row). Two texts at similarity s meet in a band
 * with probability 1 − (1 − s⁴)³²: at 0.8 all but one in twenty million, at 0.3 one in four.
 *
 * Source: Broder, "On the resemblance and containment of documents", 1997; bands: Leskovec, Rajaraman and Ullman,
 * "Mining of Massive Datasets", section 3.4.
 */
export class NearDuplicateTexts {
  readonly #threshold: number;
  readonly #shingles: Int32Array[] = [];
  readonly #ids: string[] = [];
  readonly #bands = Array.from({ length: BANDS }, () => new Map<number, number[]>());

  /** @param threshold the Jaccard similarity from which on two texts are nearly the same, over 0, at most 1 */
  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** The id of a text added before that is nearly the same, the most similar one; `undefined` without one. */
  find(text: string): string | undefined {
    const shingles = shinglesOf(text);
    let best: number | undefined;
    let highest = this.#threshold;
    for (const place of this.#candidates(bandKeys(shingles))) {
      const similarity = jaccard(shingles, this.#shingles[place] ?? new Int32Array());
      if (similarity > highest || (similarity === highest && best === undefined)) {
        [best, highest] = [place, similarity];
      }
    }
    return best === undefined ? undefined : this.#ids[best];
  }

  /** Keeps a text, to be found by later ones. */
  add(id: string, text: string): void {
    const shingles = shinglesOf(text);
    const place = this.#ids.push(id) - 1;
    this.#shingles.push(shingles);
    for (const [band, key] of bandKeys(shingles).entries()) {
      const known = this.#bands[band]?.get(key);
      if (known === undefined) this.#bands[band]?.set(key, [place]);
      else known.push(place);
    }
  }

  #candidates(keys: readonly number[]): Set<number> {
    const places = new Set<number>();
    for (const [band, key] of keys.entries()) {
      for (const place of this.#bands[band]?.get(key) ?? []) places.add(place);
    }
    return places;
  }
}

/**
 * The Jaccard similarity of two texts' shingles: 1 where they have the same words in the same order.
 */
export function textSimilarity(one: string, other: string): number {
  return jaccard(shinglesOf(one), shinglesOf(other));
}

/** The hashes of a text's shingles, sorted, each once; a text shorter than a shingle is one. */
function shinglesOf(text: string): Int32Array {
  const words = tokenise(text);
  const count = Math.max(1, words.length - SHINGLE + 1);
  const hashes = new Set<number>();
  for (let start = 0; start < count; start++) hashes.add(hash(words.slice(start, start + SHINGLE).join(' ')));
  return Int32Array.from(hashes).sort();
}

function jaccard(one: Int32Array, other: Int32Array): number {
  let [i, j, shared] = [0, 0, 0];
  while (i < one.length && j < other.length) {
    const [a = 0, b = 0] = [one[i], other[j]];
    if (a === b) shared++;
    if (a <= b) i++;
    if (b <= a) j++;
  }
  return shared / (one.length + other.length - shared);
}

function bandKeys(shingles: Int32Array): number[] {
  return Array.from({ length: BANDS }, (_, band) => {
    let key = band;
    for (let row = 0; row < ROWS; row++) key = mix(key ^ lowestUnder(shingles, band * ROWS + row));
    return key;
  });
}

/** The lowest hash under one of the permutations, which are multiply-and-mix hashes. */
function lowestUnder(shingles: Int32Array, permutation: number): number {
  const salt = mix(permutation + 1);
  let lowest = MODULUS;
  for (const shingle of shingles) {
    const value = mix(shingle ^ salt) >>> 0;
    if (value < lowest) lowest = value;
  }
  return lowest;
}

/** FNV-1a, finished by {@link mix}. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return mix(value);
}

/** MurmurHash3's 32-bit finaliser (Appleby): every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
