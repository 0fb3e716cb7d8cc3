import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { plainPng } from './pictures.ts';

/** A PNG whose checksums are right and whose pixels cannot be inflated: `checkImage` lets it in. */
export function undecodablePng(): Buffer {
  const png = plainPng(64, 64);
  const data = png.indexOf('IDAT') + 4;
  const end = data + png.readUInt32BE(data - 8);
  png.fill(0, data, end);
  png.writeUInt32BE(crc32(png.subarray(data - 4, end)), end);
  return png;
}

/** A JPEG with some bytes too many between two markers: decoders complain, and draw it all the same. */
export async function complainedOfJpeg(): Promise<Buffer> {
  const jpeg = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#838' } })
    .jpeg()
    .toBuffer();
  const marker = jpeg.indexOf(Buffer.from([0xff, 0xdb]));
  return Buffer.concat([jpeg.subarray(0, marker), Buffer.from([1, 2, 3]), jpeg.subarray(marker)]);
}
