import sharp, { type Sharp } from 'sharp';
import { ArtError } from '../../errors.ts';
import type { EncodedImage } from '../../models/types.ts';
import type { Picture } from '../picture.ts';

/** What a service takes. */
export interface PictureLimits {
  /** The largest file, in bytes. */
  readonly largestBytes?: number;
  /** The smallest side, in pixels: smaller pictures are enlarged, and framed in white where that does not do. */
  readonly smallestSide?: number;
  /** The largest side, in pixels: larger pictures are made smaller. */
  readonly largestSide?: number;
}

const MOST_PIXELS = 64_000_000;
const JPEG_QUALITY = 92;
/** What remains of each side when a file is still too large. */
const SHRINK = 0.75;
const MOST_SHRINKS = 12;

/** The bytes are no picture that can be sent. */
export class UnreadablePicture extends ArtError {
  constructor(cause: unknown) {
    super({
      code: 'BAD_IMAGE',
      message: 'The image cannot be decoded.',
      hint: 'Look at the file: it may be damaged.',
      cause,
    });
  }
}

/**
 * A picture as services take it: PNG or JPEG, upright, in 8-bit RGB, transparency laid on white, within
 * the limits. A file that is so already is sent byte for byte; everything else is encoded anew (of an
 * animation, the first frame).
 *
 * @throws {@link UnreadablePicture} for bytes that are no image
 */
export async function encodePicture(picture: Picture, limits: PictureLimits = {}): Promise<EncodedImage> {
  try {
    return (await asItIs(picture, limits)) ?? (await encodeAnew(picture, limits));
  } catch (cause) {
    throw new UnreadablePicture(cause);
  }
}

/** A `data:` URL of an encoded image. */
export function dataUrl({ bytes, mediaType }: EncodedImage): string {
  return `data:${mediaType};base64,${base64(bytes)}`;
}

/** The bytes in base64. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

async function asItIs(picture: Picture, limits: PictureLimits): Promise<EncodedImage | undefined> {
  const { bytes } = picture;
  const header = await sharp(bytes, { limitInputPixels: false }).metadata();
  const { format, width, height, space, depth, hasAlpha, orientation = 1, pages = 1 } = header;
  if (width * height > MOST_PIXELS) throw new Error(`${width}x${height} pixels are too many.`);
  if (format !== 'png' && format !== 'jpeg') return undefined;
  // Whatever servers may read in different ways: turned, animated, transparent, in 16 bits, in CMYK.
  if (orientation !== 1 || pages > 1 || hasAlpha || depth !== 'uchar') return undefined;
  if (space !== 'srgb' && space !== 'b-w') return undefined;
  const { largestBytes = Infinity, smallestSide = 1, largestSide = Infinity } = limits;
  if (bytes.byteLength > largestBytes) return undefined;
  if (Math.min(width, height) < smallestSide || Math.max(width, height) > largestSide) return undefined;
  return { bytes, mediaType: `image/${format}` };
}

async function encodeAnew(picture: Picture, limits: PictureLimits): Promise<EncodedImage> {
  const { width, height, data } = await picture.pixels();
  const raw = () => sharp(data, { raw: { width, height, channels: 3 } });
  const { largestBytes = Infinity, smallestSide = 1, largestSide = Infinity } = limits;
  const enlarge = Math.max(1, smallestSide / Math.min(width, height));
  const shrink = Math.min(1, largestSide / Math.max(width, height));
  let scale = shrink < 1 ? shrink : Math.min(enlarge, largestSide / Math.max(width, height));

  const png = await resized(raw(), width * scale, height * scale, smallestSide)
    .png()
    .toBuffer();
  if (png.byteLength <= largestBytes) return { bytes: png, mediaType: 'image/png' };
  for (let round = 0; round < MOST_SHRINKS; round++) {
    const jpeg = await resized(raw(), width * scale, height * scale, smallestSide)
      .jpeg({ quality: JPEG_QUALITY })
      .toBuffer();
    if (jpeg.byteLength <= largestBytes) return { bytes: jpeg, mediaType: 'image/jpeg' };
    scale *= SHRINK;
  }
  throw new Error(`It does not fit into ${largestBytes} bytes.`);
}

/** To that size; a side that is still too short is framed in white. */
function resized(image: Sharp, width: number, height: number, smallestSide: number): Sharp {
  const size = { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) };
  const [x, y] = [Math.max(0, smallestSide - size.width), Math.max(0, smallestSide - size.height)];
  return image.resize({ ...size, fit: 'fill' }).extend({
    left: x >> 1,
    right: x - (x >> 1),
    top: y >> 1,
    bottom: y - (y >> 1),
    background: '#ffffff',
  });
}
