import sharp from 'sharp';
import { contentHash } from '../store/content-hash.ts';

export { contentHash };

/** Raw pixels: 8-bit RGB, row by row, no padding. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** `width × height × 3` bytes. */
  readonly data: Uint8Array;
}

/**
 * An image as the judges get it: the encoded bytes and, decoded once however many judges ask, its
 * pixels.
 */
export class Picture {
  readonly bytes: Uint8Array;
  readonly hash: string;
  #pixels: Promise<Pixels> | undefined;

  /** @param hash the SHA-256 of the bytes, when it is known already */
  constructor(bytes: Uint8Array, hash: string = contentHash(bytes)) {
    this.bytes = bytes;
    this.hash = hash;
  }

  /** The pixels in RGB, transparency laid on white, EXIF rotation applied. */
  pixels(): Promise<Pixels> {
    this.#pixels ??= decodePixels(this.bytes);
    return this.#pixels;
  }
}

async function decodePixels(bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(bytes, { limitInputPixels: 64_000_000 })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
