import sharp from 'sharp';
import { messageOf } from '../errors.ts';
import { ModelError } from './model-error.ts';
import { sizeOfIntactPng } from './png.ts';
import { cleanText } from './redact.ts';

/** The smallest side of a picture that is worth judging, in pixels. */
export const SMALLEST_SIDE = 16;

/** The most pixels that are decoded. */
export const MOST_PIXELS = 64_000_000;

/** The formats that targets may answer with; sharp would take SVG and more. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  avif: 'image/avif',
  heif: 'image/avif',
  tiff: 'image/tiff',
};

/** What a check finds out about an image. */
export interface CheckedImage {
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
}

/**
 * Checks that bytes are a whole picture of a sane size, by its checksums (PNG) or by decoding it
 * (its first frame).
 *
 * @param bytes what the target answered
 * @param who the sentence's subject in messages, e.g. `The target (fal)`
 * @param options.quoting whether a message may show how the bytes begin
 * @throws {@link ModelError} `BAD_ANSWER` for no bytes, text, an unknown format, under 16 pixels a side, over 64
 *   megapixels (told from the header, before decoding) and data that break off
 */
export async function checkImage(
  bytes: Uint8Array,
  who = 'The target',
  { quoting = true }: { readonly quoting?: boolean } = {},
): Promise<CheckedImage> {
  if (bytes.byteLength === 0) throw badImage(`${who} answered with an empty image.`);

  const intact = sizeOfIntactPng(bytes);
  const { width, height, format } =
    intact === undefined ? await readHeader(bytes, who, quoting) : { ...intact, format: 'png' };
  const mediaType = MEDIA_TYPES[format];
  if (mediaType === undefined) throw badImage(`${who} answered with a ${format}, not with a picture.`);
  if (width < SMALLEST_SIDE || height < SMALLEST_SIDE) {
    throw badImage(
      `${who} answered with an image of ${width}x${height} pixels; at least ${SMALLEST_SIDE} a side are needed.`,
      {
        data: { width, height },
        retryable: false,
      },
    );
  }
  if (width * height > MOST_PIXELS) {
    throw badImage(
      `${who} answered with an image of ${width}x${height} pixels, over the limit of ${MOST_PIXELS / 1e6} megapixels.`,
      { data: { width, height }, retryable: false },
    );
  }

  const checked = { mediaType, width, height };
  // Checksums say as much as decoding does, at a twentieth of the cost.
  if (intact !== undefined) return checked;
  await sharp(bytes, {
    limitInputPixels: MOST_PIXELS,
    failOn: 'truncated',
    sequentialRead: true,
  })
    .raw()
    .toBuffer()
    .catch((cause: unknown) => {
      throw badImage(
        `${who} answered with a broken image (${mediaType}): ${cleanText(messageOf(cause), 120)}`,
        {
          cause,
          data: { width, height, bytes: bytes.byteLength },
        },
      );
    });
  return checked;
}

/** Opening reads the header only; our own limit on the size gives a clearer message than sharp's. */
async function readHeader(bytes: Uint8Array, who: string, quoting: boolean) {
  try {
    return await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (cause) {
    const begins = quoting ? `: ${beginning(bytes)}` : '.';
    throw badImage(`${who} answered with something that is no image${begins}`, { cause });
  }
}

/** Whether every pixel of an image has the same colour: what safety checkers put in place of a picture. */
export async function isBlank(bytes: Uint8Array): Promise<boolean> {
  const { channels } = await sharp(bytes, { limitInputPixels: MOST_PIXELS }).stats();
  return channels.every(({ min, max }) => min === max);
}

/** How some bytes begin, as text where they are text. */
function beginning(bytes: Uint8Array): string {
  // More than is shown: half of a key is not recognised as one.
  const head = Buffer.from(bytes.subarray(0, 4_000));
  const text = head.toString('utf8').replace(/\ufffd+$/, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters tell bytes from text
  const isText = !/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text);
  return isText
    ? JSON.stringify(cleanText(text, 60))
    : `${bytes.byteLength} bytes, first ${head.subarray(0, 8).toString('hex')}`;
}

/** A {@link ModelError} about an answer that holds no usable image. */
export function badImage(
  message: string,
  {
    cause,
    data = {},
    retryable = true,
  }: { cause?: unknown; data?: Record<string, unknown>; retryable?: boolean } = {},
): ModelError {
  return new ModelError({
    code: 'BAD_ANSWER',
    message,
    hint: 'Check that provider and baseURL match the server, and look into its log.',
    data,
    cause,
    retryable,
  });
}
