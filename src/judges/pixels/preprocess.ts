import type { Picture, Pixels } from '../picture.ts';
import { WeightsError } from '../weights/weights-error.ts';
import { centerCrop } from './crop.ts';
import {
  CLIP_PREPROCESSOR_CONFIG,
  type PreprocessingSteps,
  parsePreprocessorConfig,
  type Size,
} from './preprocessor-config.ts';
import { resizeLikePillow } from './resize.ts';

export { CLIP_PREPROCESSOR_CONFIG };

/** Goes into what verdicts follow from: raise it when the same image gives other numbers than before. */
export const PREPROCESSING_VERSION = 1;

/** The longer edge becomes at most this: a strip of a pixel by a million would fill the memory. */
const LONGEST_EDGE = 65_536;

/** Turns an image into what goes into a network: colour planes (channels, rows, columns), one image. */
export interface Preprocessor {
  /**
   * @returns `dims[0] × dims[1] × dims[2]` numbers; append those of several images for a batch
   * @throws whatever {@link Picture.pixels} throws for an image that cannot be decoded
   */
  (picture: Picture): Promise<Float32Array>;
  /** Channels, height, width: what every image comes out as. */
  readonly dims: readonly [3, number, number];
  /** All settings that the numbers follow from, for a judge's revision. */
  readonly steps: PreprocessingSteps;
}

/**
 * What a `preprocessor_config.json` asks for, done as transformers' image processors on Pillow do it
 * (`CLIPImageProcessor`, `ViTImageProcessor`, not their "fast" twins): resize, centre crop, rescale,
 * normalise.
 *
 * @param config the parsed JSON; left out for a model without such a file: CLIP's
 * @throws {@link WeightsError} `WRONG_ARCHITECTURE` for steps that are not supported
 */
export function preprocessorOf(config: unknown = CLIP_PREPROCESSOR_CONFIG): Preprocessor {
  const steps = parsePreprocessorConfig(config);
  const { width, height } = outputSize(steps);
  const numbers = numbersOfLevels(steps);
  const preprocess = async (picture: Picture) => toPlanes(fitted(await picture.pixels(), steps), numbers);
  return Object.assign(preprocess, { dims: [3, height, width] as const, steps });
}

/** Several images in one array, for a batch: `[count, 3, height, width]`. */
export function joinPlanes(images: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(images.reduce((length, image) => length + image.length, 0));
  let at = 0;
  for (const image of images) {
    joined.set(image, at);
    at += image.length;
  }
  return joined;
}

/** The pixels after resizing and cropping, before they become other numbers. */
export function fitted(pixels: Pixels, { resize, crop }: PreprocessingSteps): Pixels {
  let fitting = pixels;
  if (resize !== undefined) {
    const to = 'shortestEdge' in resize.to ? shortestEdgeSize(pixels, resize.to.shortestEdge) : resize.to;
    fitting = resizeLikePillow(pixels, to.width, to.height, resize.resampling);
  }
  return crop === undefined ? fitting : centerCrop(fitting, crop.width, crop.height);
}

/**
 * The size at which the shorter edge has a length; the longer one is cut down to a whole number, as
 * transformers' `get_resize_output_image_size` and torchvision's `Resize` do.
 */
export function shortestEdgeSize({ width, height }: Size, edge: number): Size {
  const longer = Math.trunc((edge * Math.max(width, height)) / Math.min(width, height));
  const capped = Math.min(longer, LONGEST_EDGE);
  return width <= height ? { width: edge, height: capped } : { width: capped, height: edge };
}

function outputSize({ resize, crop }: PreprocessingSteps): Size {
  if (crop !== undefined) return crop;
  if (resize !== undefined && 'width' in resize.to) return resize.to;
  throw new WeightsError({
    code: 'WRONG_ARCHITECTURE',
    message: "The model's preprocessor_config.json leaves images at different sizes.",
    hint: 'Give size a height and a width, or set do_center_crop and crop_size.',
  });
}

/** What each of the 256 levels of a channel becomes: 3 × 256 numbers, rounded as NumPy rounds them. */
function numbersOfLevels({ rescaleFactor, normalise }: PreprocessingSteps): Float32Array {
  const numbers = new Float32Array(3 * 256);
  for (let channel = 0; channel < 3; channel++) {
    const mean = Math.fround(normalise?.mean[channel] ?? 0);
    const std = Math.fround(normalise?.std[channel] ?? 1);
    for (let level = 0; level < 256; level++) {
      const scaled = Math.fround(level * (rescaleFactor ?? 1));
      numbers[channel * 256 + level] = Math.fround(scaled - mean) / std;
    }
  }
  return numbers;
}

function toPlanes({ data, width, height }: Pixels, numbers: Float32Array): Float32Array {
  const plane = width * height;
  const planes = new Float32Array(3 * plane);
  for (let pixel = 0, from = 0; pixel < plane; pixel++, from += 3) {
    planes[pixel] = numbers[data[from] ?? 0] ?? 0;
    planes[plane + pixel] = numbers[256 + (data[from + 1] ?? 0)] ?? 0;
    planes[2 * plane + pixel] = numbers[512 + (data[from + 2] ?? 0)] ?? 0;
  }
  return planes;
}
