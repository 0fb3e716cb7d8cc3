import sharp from 'sharp';
import type { Pixels } from '../judges/picture.ts';
import type { Size } from '../models/types.ts';
import { paintBackground } from './background.ts';
import { type Raster, rasterOf } from './pictogram-raster.ts';
import { hashOf } from './random.ts';
import type { Scene } from './scene.ts';

/**
 * Paints a scene.
 *
 * @param key chooses the shape of hills and stars
 * @throws when a drawing cannot be read
 */
export async function paint(scene: Scene, { width, height }: Size, key: string | number): Promise<Pixels> {
  const data = new Uint8Array(width * height * 3);
  paintBackground(data, width, height, scene.background, hashOf('background', key));
  const shorter = Math.min(width, height);
  const rasters = await Promise.all(
    scene.items.map(({ file, size }) => rasterOf(file, Math.max(1, Math.round(size * shorter)))),
  );
  for (const [index, item] of scene.items.entries()) {
    const raster = rasters[index];
    if (raster === undefined) continue;
    const left = Math.round(item.x * width - raster.side / 2);
    const top = Math.round(item.y * height - raster.side / 2);
    lay({ width, height, data }, raster, left, top, item.opacity);
  }
  return { width, height, data };
}

/** Lays a drawing on the picture; what stands out over the edge is cut off. */
function lay(
  pixels: { width: number; height: number; data: Uint8Array },
  raster: Raster,
  left: number,
  top: number,
  opacity: number,
): void {
  const { side } = raster;
  const { width, height, data } = pixels;
  const strength = Math.round(opacity * 256);
  for (let y = Math.max(0, -top); y < Math.min(side, height - top); y++) {
    for (let x = Math.max(0, -left); x < Math.min(side, width - left); x++) {
      const from = (y * side + x) * 4;
      const alpha = ((raster.data[from + 3] ?? 0) * strength) >> 8;
      if (alpha === 0) continue;
      const to = ((y + top) * width + x + left) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const below = data[to + channel] ?? 0;
        data[to + channel] = below + Math.round((((raster.data[from + channel] ?? 0) - below) * alpha) / 255);
      }
    }
  }
}

/** Encodes pixels as PNG; the same pixels give the same bytes. */
export async function encodePng({ data, width, height }: Pixels): Promise<Uint8Array> {
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 4, adaptiveFiltering: false })
    .toBuffer();
  return new Uint8Array(png);
}
