import type { Pixels } from '../picture.ts';
import { type LineWeights, lineWeights, PRECISION_BITS, type Resampling } from './filters.ts';

const HALF = 1 << (PRECISION_BITS - 1);

/**
 * Resizes as Pillow's `Image.resize` does, to the last bit: judges were trained and measured on images
 * that Pillow resized, and other libraries' pictures differ enough to move a score.
 *
 * Two passes, along the rows and down the columns, each rounded to 8 bits (Pillow's `Resample.c`); an
 * axis that keeps its size is left alone. The rows come first, except where the height shrinks by more
 * than twice what the width does: so Pillow 13. Older versions always begin with the rows, which for such
 * tall images differs by a level here and there.
 *
 * @param width of the result; at least 1
 * @param height of the result; at least 1
 * @throws RangeError for a width or height that is no positive whole number
 */
export function resizeLikePillow(
  pixels: Pixels,
  width: number,
  height: number,
  resampling: Resampling,
): Pixels {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1) throw new RangeError(`Cannot resize to ${width}x${height}`);
  }
  if (width === pixels.width && height === pixels.height) return pixels;
  if (resampling === 'nearest') return resizeNearest(pixels, width, height);
  const lost = { columns: pixels.width - width, rows: pixels.height - height };
  if (lost.rows > 0 && lost.rows > 2 * lost.columns) {
    return resizeRows(resizeColumns(pixels, height, resampling), width, resampling);
  }
  return resizeColumns(resizeRows(pixels, width, resampling), height, resampling);
}

function resizeRows(pixels: Pixels, width: number, resampling: Exclude<Resampling, 'nearest'>): Pixels {
  const { data: source, height } = pixels;
  if (width === pixels.width) return pixels;
  const { taps, first, count, weights }: LineWeights = lineWeights(pixels.width, width, resampling);
  const data = new Uint8ClampedArray(width * height * 3);
  const sourceRow = pixels.width * 3;
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = y * sourceRow;
    for (let x = 0; x < width; x++) {
      const firstWeight = x * taps;
      const end = firstWeight + (count[x] ?? 0);
      let from = row + (first[x] ?? 0) * 3;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (let tap = firstWeight; tap < end; tap++) {
        const weight = weights[tap] ?? 0;
        red += (source[from] ?? 0) * weight;
        green += (source[from + 1] ?? 0) * weight;
        blue += (source[from + 2] ?? 0) * weight;
        from += 3;
      }
      // The clamped array does the clipping to 0 … 255.
      data[at] = red >> PRECISION_BITS;
      data[at + 1] = green >> PRECISION_BITS;
      data[at + 2] = blue >> PRECISION_BITS;
      at += 3;
    }
  }
  return { width, height, data: bytesOf(data) };
}

function resizeColumns(pixels: Pixels, height: number, resampling: Exclude<Resampling, 'nearest'>): Pixels {
  const { data: source, width } = pixels;
  if (height === pixels.height) return pixels;
  const { taps, first, count, weights }: LineWeights = lineWeights(pixels.height, height, resampling);
  const row = width * 3;
  const data = new Uint8ClampedArray(row * height);
  const sums = new Int32Array(row);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    const firstWeight = y * taps;
    const end = firstWeight + (count[y] ?? 0);
    let from = (first[y] ?? 0) * row;
    for (let tap = firstWeight; tap < end; tap++) {
      const weight = weights[tap] ?? 0;
      for (let x = 0; x < row; x++) sums[x] = (sums[x] ?? 0) + (source[from + x] ?? 0) * weight;
      from += row;
    }
    const to = y * row;
    for (let x = 0; x < row; x++) data[to + x] = (sums[x] ?? 0) >> PRECISION_BITS;
  }
  return { width, height, data: bytesOf(data) };
}

function resizeNearest(pixels: Pixels, width: number, height: number): Pixels {
  const columns = nearest(pixels.width, width);
  const rows = nearest(pixels.height, height);
  const data = new Uint8Array(width * height * 3);
  let at = 0;
  for (const y of rows) {
    for (const x of columns) {
      const from = (y * pixels.width + x) * 3;
      data[at++] = pixels.data[from] ?? 0;
      data[at++] = pixels.data[from + 1] ?? 0;
      data[at++] = pixels.data[from + 2] ?? 0;
    }
  }
  return { width, height, data };
}

/** The input pixel for each output pixel; stepped by adding up, as Pillow's `Geometry.c` does. */
function nearest(from: number, to: number): Int32Array {
  const step = from / to;
  const indices = new Int32Array(to);
  let position = step * 0.5;
  for (let out = 0; out < to; out++) {
    indices[out] = Math.min(from - 1, Math.trunc(position));
    position += step;
  }
  return indices;
}

function bytesOf(data: Uint8ClampedArray<ArrayBuffer>): Uint8Array {
  return new Uint8Array(data.buffer);
}
