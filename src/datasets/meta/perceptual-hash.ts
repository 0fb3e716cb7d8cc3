import sharp from 'sharp';
import { MOST_PIXELS } from '../../models/check-image.ts';

const COLUMNS = 9;
const ROWS = 8;
/** The hash in parts: two hashes at most three bits apart agree in one of four, and so on. */
const BITS = 64;

/**
 * The difference hash of a picture: 64 bits that say, of a grey picture of 9 × 8, where it gets brighter to the
 * right. Scaled, re-encoded and slightly changed pictures have hashes few bits apart.
 *
 * Source: Krawetz, "Kind of Like That" (dHash), 2013.
 *
 * @throws whatever sharp throws for bytes that are no picture
 */
export async function perceptualHash(bytes: Uint8Array): Promise<bigint> {
  const grey = await sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'truncated' })
    .flatten({ background: '#ffffff' })
    .greyscale()
    .resize(COLUMNS, ROWS, { fit: 'fill' })
    .raw()
    .toBuffer();
  let hash = 0n;
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS - 1; column++) {
      const at = row * COLUMNS + column;
      hash = (hash << 1n) | ((grey[at + 1] ?? 0) > (grey[at] ?? 0) ? 1n : 0n);
    }
  }
  return hash;
}

/** How many bits of two hashes differ. */
export function hammingDistance(one: bigint, other: bigint): number {
  let rest = one ^ other;
  let count = 0;
  while (rest !== 0n) {
    rest &= rest - 1n;
    count++;
  }
  return count;
}

/**
 * Finds pictures that look like one before, without comparing all pairs: hashes at most d bits apart agree in one of
 * d + 1 parts of their bits.
 */
export class NearDuplicateImages {
  readonly #distance: number;
  readonly #parts: readonly {
    readonly shift: bigint;
    readonly mask: bigint;
    readonly table: Map<bigint, number[]>;
  }[];
  readonly #known: { readonly id: string; readonly hash: bigint }[] = [];

  /** @param distance the most bits by which two pictures that look alike differ, from 0 to 16 */
  constructor(distance: number) {
    this.#distance = distance;
    const count = distance + 1;
    this.#parts = Array.from({ length: count }, (_, part) => {
      const from = Math.floor((part * BITS) / count);
      const to = Math.floor(((part + 1) * BITS) / count);
      return { shift: BigInt(from), mask: (1n << BigInt(to - from)) - 1n, table: new Map() };
    });
  }

  /** The id of the nearest picture added before that looks alike; `undefined` without one. */
  find(hash: bigint): string | undefined {
    let best: string | undefined;
    let least = this.#distance + 1;
    for (const { shift, mask, table } of this.#parts) {
      for (const place of table.get((hash >> shift) & mask) ?? []) {
        const known = this.#known[place];
        if (known === undefined) continue;
        const distance = hammingDistance(hash, known.hash);
        if (distance < least) [best, least] = [known.id, distance];
      }
    }
    return best;
  }

  /** Keeps a picture, to be found by later ones. */
  add(id: string, hash: bigint): void {
    const place = this.#known.push({ id, hash }) - 1;
    for (const { shift, mask, table } of this.#parts) {
      const key = (hash >> shift) & mask;
      const known = table.get(key);
      if (known === undefined) table.set(key, [place]);
      else known.push(place);
    }
  }
}
