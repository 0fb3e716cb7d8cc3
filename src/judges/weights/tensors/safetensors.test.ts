import { expect, test } from 'vitest';
import { type ByteSource, memorySource } from './byte-source.ts';
import { readSafetensors } from './safetensors.ts';

/** A file with this header and so many bytes behind it. */
function fileOf(header: unknown, size: number): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + size);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

function entry(shape: readonly number[], begin: number, end: number, dtype = 'F32') {
  return { dtype, shape, data_offsets: [begin, end] };
}

test('only the header and the wanted tensors are read', async () => {
  const large = entry([1_000_000], 0, 4_000_000);
  const file = memorySource(fileOf({ large, small: entry([2], 4_000_000, 4_000_008) }, 4_000_008));
  let bytesRead = 0;
  const counting: ByteSource = {
    size: file.size,
    read(offset, length) {
      bytesRead += length;
      return file.read(offset, length);
    },
  };
  const read = await readSafetensors(counting, new Set(['small']));
  expect(new Map(read)).toEqual(new Map([['small', { dims: [2], data: new Float32Array(2) }]]));
  expect(bytesRead).toBeLessThan(300);
});

test.each([
  ['a gap', { a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12],
  ['an overlap', { a: entry([2], 0, 8), b: entry([2], 4, 12) }, 12],
  ['bytes that belong to nothing', { a: entry([1], 0, 4) }, 8],
  ['a file that breaks off', { a: entry([4], 0, 16) }, 8],
  ['a range that runs backwards', { a: entry([1], 4, 0) }, 4],
  ['another size than the shape', { a: entry([3], 0, 8) }, 8],
  ['a shape of less than nothing', { a: entry([-1], 0, 4) }, 4],
  ['a shape that overflows', { a: entry([2 ** 40, 2 ** 40], 0, 4) }, 4],
  ['no shape', { a: { dtype: 'F32', data_offsets: [0, 4] } }, 4],
  ['a list for a header', '[{"a":1}]', 0],
  ['half a header', '{"a":', 0],
])('%s is refused', async (_, header, size) => {
  await expect(readSafetensors(memorySource(fileOf(header, size)))).rejects.toMatchObject({
    code: expect.stringMatching(/^WEIGHTS_(DAMAGED|UNREADABLE)$/),
  });
});

test('a kind of number that is not known is named', async () => {
  const file = fileOf({ a: entry([4], 0, 4, 'F8_E4M3') }, 4);
  await expect(readSafetensors(memorySource(file))).rejects.toMatchObject({
    code: 'WEIGHTS_UNREADABLE',
    message: expect.stringContaining('F8_E4M3'),
  });
});
