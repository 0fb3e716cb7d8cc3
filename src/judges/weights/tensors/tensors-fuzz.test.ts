import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memorySource } from './byte-source.ts';
import { tensorsOf } from './read-tensors.ts';
import { TensorFileProblem } from './tensor-file-problem.ts';

const FILES = [
  'state.pt',
  'state-legacy.pt',
  'state.safetensors',
  'torch-tensor.p',
  'protocol-2.p',
  'protocol-4.p',
  'protocol-5.p',
];
const contents = FILES.map((file) => readFileSync(join(import.meta.dirname, '__fixtures__', file)));

/** Reads bytes; anything but tensors or a problem with the file is a bug of ours. */
async function readsOrRefuses(bytes: Uint8Array): Promise<void> {
  try {
    await tensorsOf(memorySource(bytes));
  } catch (error) {
    expect(error).toBeInstanceOf(TensorFileProblem);
  }
}

test('any bytes are read or refused', async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), readsOrRefuses), { numRuns: 500 });
});

test('any program of pickle instructions is read or refused', async () => {
  const instructions = [
    ...'().0123FIJKLMNPQRSTUVX]abcdeghijloqrstu}BCG',
    '\x80\x02',
    'K\x01',
    'q\x00',
    'h\x00',
    '\x85',
    '\x86',
    '\x87',
  ];
  const names = [
    'cnumpy\nndarray\n',
    'cnumpy\ndtype\n',
    'ccollections\nOrderedDict\n',
    'ctorch._utils\n_rebuild_tensor_v2\n',
  ];
  const program = fc.array(fc.constantFrom(...instructions, ...names), { maxLength: 60 });
  const bytes = program.map((parts) => Buffer.from(`\x80\x02${parts.join('')}.`, 'latin1'));
  await fc.assert(fc.asyncProperty(bytes, readsOrRefuses), { numRuns: 1500 });
});

test('any change to a good file is read or refused', async () => {
  const changed = fc
    .tuple(
      fc.constantFrom(...contents),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(), { freq: 4 }),
    )
    .map(([content, changes, cut]) => {
      const bytes = Uint8Array.from(content);
      for (const [place, value] of changes) bytes[place % bytes.length] = value;
      return cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
    });
  await fc.assert(fc.asyncProperty(changed, readsOrRefuses), { numRuns: 1500 });
});

test('a file that is small and claims much is refused at once', async () => {
  // A dict whose value is remembered and given to the next, over and over: 2^40 numbers if it were followed.
  const doubling = Buffer.from(`\x80\x02K\x01q\x00]${'q\x01]h\x01ah\x01a'.repeat(40)}.`, 'latin1');
  const start = performance.now();
  await expect(tensorsOf(memorySource(doubling))).rejects.toBeInstanceOf(TensorFileProblem);
  // A list that holds itself.
  const endless = Buffer.from('\x80\x02]q\x00h\x00a.', 'latin1');
  await expect(tensorsOf(memorySource(endless))).rejects.toBeInstanceOf(TensorFileProblem);
  expect(performance.now() - start).toBeLessThan(1000);
});
