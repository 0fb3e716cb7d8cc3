import sharp from 'sharp';
import { expect, it } from 'vitest';
import { looksLikeImage } from './image-bytes.ts';

it.each(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)('knows %s', async (format) => {
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#123456' } })
    .toFormat(format)
    .toBuffer();
  expect(looksLikeImage(bytes)).toBe(true);
});

it.each(['', 'root:x:0:0', '<svg xmlns="http://www.w3.org/2000/svg"/>', '%PDF-1.7', 'RIFF....WAVE', 'ftyp'])(
  'does not take %j for one',
  (text) => {
    expect(looksLikeImage(Buffer.from(text))).toBe(false);
  },
);
