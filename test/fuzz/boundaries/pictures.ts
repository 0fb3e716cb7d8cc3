import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { Picture } from '../../../src/judges/picture.ts';
import { blurPicture } from '../../../src/judges/redraw-picture.ts';
import { checkImage } from '../../../src/models/check-image.ts';
import { makeThumbnail } from '../../../src/report/view/thumbnail.ts';
import { complainedOfJpeg, undecodablePng } from '../../support/damaged-pictures.ts';
import { plainPng } from '../../support/pictures.ts';
import type { Boundary } from '../boundary.ts';
import type { Dice } from '../dice.ts';
import { mutateBytes } from '../mutations.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/images');

/** Pictures of every format: changed, cut off, and small files that claim to be vast. */
export const pictures: Boundary = {
  name: 'pictures',
  cases: 900,
  async open() {
    const samples: Buffer[] = readdirSync(FIXTURES).map((name) => readFileSync(join(FIXTURES, name)));
    const small = sharp({ create: { width: 64, height: 48, channels: 4, background: '#3388cc80' } });
    for (const format of ['png', 'jpeg', 'webp', 'gif', 'avif', 'tiff'] as const)
      samples.push(await small.clone().toFormat(format).toBuffer());
    samples.push(undecodablePng(), await complainedOfJpeg());
    const kept = samples.filter(({ length }) => length < 200_000);
    return {
      async play(dice, note) {
        const bytes = new Uint8Array(dice.chance(0.2) ? bomb(dice) : changed(dice.pick(kept), dice));
        note(bytes);
        switch (dice.int(5)) {
          case 0:
            return `${(await new Picture(bytes).pixels()).data.length > 0} pixels`;
          case 1:
            return `${(await makeThumbnail(bytes)).length > 0} thumbnail`;
          case 2:
            return `${(await blurPicture(bytes)).length > 0} blurred`;
          default:
            return (await checkImage(bytes)).mediaType;
        }
      },
      close: async () => undefined,
    };
  },
};

function changed(sample: Buffer, dice: Dice): Buffer {
  const bytes = dice.chance(0.1) ? sample : mutateBytes(sample, dice);
  // Checksums put right again, so that what is behind them is come to.
  return dice.chance(0.5) ? withChecksums(bytes) : bytes;
}

function withChecksums(bytes: Buffer): Buffer {
  const png = Buffer.from(bytes);
  for (let at = 8; at + 12 <= png.length; ) {
    const end = at + 8 + png.readUInt32BE(at);
    if (end + 4 > png.length) break;
    png.writeUInt32BE(crc32(png.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return png;
}

/** Few bytes that claim many pixels. */
function bomb(dice: Dice): Buffer {
  const side = dice.pick([7_000, 9_000, 30_000, 65_535, 2 ** 31 - 1] as const);
  switch (dice.int(5)) {
    case 0:
      return plainPng(dice.pick([7_000, 12_000] as const), 7_000);
    case 1: {
      const png = plainPng(64, 64);
      png.writeUInt32BE(side, 16);
      png.writeUInt32BE(side, 20);
      return withChecksums(png);
    }
    case 2: {
      const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
      gif.writeUInt16LE(Math.min(side, 65_535), 6);
      gif.writeUInt16LE(Math.min(side, 65_535), 8);
      return gif;
    }
    case 3: {
      const width = Math.min(side, 16_383) - 1;
      const webp = Buffer.concat([
        Buffer.from('RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f', 'latin1'),
        Buffer.alloc(12),
      ]);
      webp.writeUInt32LE(width | (width << 14), 21);
      return webp;
    }
    default:
      return Buffer.from(
        dice.pick([
          `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"><rect width="100%" height="100%"/></svg>`,
          '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><text>&a;</text></svg>',
          '%PDF-1.4',
          'P6\n9000 9000\n255\n',
          'BM',
        ] as const),
      );
  }
}
