import sharp from 'sharp';

/** A small harmless picture (a sun over a meadow), for trying out a Guide or a judge without a target. */
export async function samplePicture(): Promise<Uint8Array> {
  const scene = `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256">
    <rect width="256" height="160" fill="#bfe3ff"/><rect y="160" width="256" height="96" fill="#8bc34a"/>
    <circle cx="196" cy="60" r="32" fill="#ffd54f"/></svg>`;
  return await sharp(Buffer.from(scene)).png().toBuffer();
}
