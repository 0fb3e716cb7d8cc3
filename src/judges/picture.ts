import sharp from 'sharp';
import { ArtError, messageOf } from '../errors.ts';
import { MOST_PIXELS } from '../models/check-image.ts';
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

  /**
   * The pixels in 8-bit RGB, of the first frame, transparency laid on white, EXIF rotation applied. An
   * embedded colour profile is left aside, as Pillow does: networks learnt from the bare numbers.
   *
   * @throws ArtError `IMAGE_UNREADABLE` for what is no picture or breaks off, `IMAGE_TOO_LARGE` for one over
   *   64 megapixels, told from the header before anything is decoded
   */
  pixels(): Promise<Pixels> {
    this.#pixels ??= decodePixels(this.bytes);
    return this.#pixels;
  }
}

/** What is decoded; sharp would also render SVG, which is a program rather than a picture. */
const FORMATS: ReadonlySet<string | undefined> = new Set([
  'png',
  'jpeg',
  'webp',
  'gif',
  'avif',
  'heif',
  'tiff',
]);

async function decodePixels(bytes: Uint8Array): Promise<Pixels> {
  await checkHeader(bytes);
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: MOST_PIXELS, ignoreIcc: true })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  } catch (cause) {
    throw unreadable(`The image is broken: ${messageOf(cause).slice(0, 120)}`, cause);
  }
}

/** Reads the header only, whatever size it claims. */
async function checkHeader(bytes: Uint8Array): Promise<void> {
  if (bytes.byteLength === 0) throw unreadable('The image is empty.');
  const { width, height, format } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw unreadable(
        `The image is no picture that can be decoded: ${messageOf(cause).slice(0, 120)}`,
        cause,
      );
    });
  if (!FORMATS.has(format)) throw unreadable(`The image is a ${format} file, no picture.`);
  if (width * height <= MOST_PIXELS) return;
  throw new ArtError({
    code: 'IMAGE_TOO_LARGE',
    message: `The image has ${width}x${height} pixels, over the limit of ${MOST_PIXELS / 1e6} megapixels; it was not decoded.`,
    hint: 'Make it smaller before it is judged.',
    data: { width, height },
  });
}

function unreadable(message: string, cause?: unknown): ArtError {
  return new ArtError({
    code: 'IMAGE_UNREADABLE',
    message,
    hint: 'PNG, JPEG, WebP, GIF, AVIF and TIFF are decoded.',
    cause,
  });
}
