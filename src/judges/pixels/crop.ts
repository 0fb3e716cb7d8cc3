import type { Pixels } from '../picture.ts';

/**
 * Cuts the middle out of an image, as transformers' `center_crop` does: where the image is smaller than
 * the cut, the rest is black, and what is left of an odd margin goes to the same side as there.
 */
export function centerCrop(pixels: Pixels, width: number, height: number): Pixels {
  if (width === pixels.width && height === pixels.height) return pixels;
  // Negative where the image is smaller than the cut.
  const left = Math.floor((pixels.width - width) / 2);
  const top = Math.floor((pixels.height - height) / 2);
  const fromX = Math.max(0, left);
  const copied = Math.min(pixels.width, left + width) - fromX;
  const data = new Uint8Array(width * height * 3);
  const lastRow = Math.min(pixels.height, top + height);
  for (let y = Math.max(0, top); y < lastRow; y++) {
    const from = (y * pixels.width + fromX) * 3;
    data.set(pixels.data.subarray(from, from + copied * 3), ((y - top) * width + fromX - left) * 3);
  }
  return { width, height, data };
}
