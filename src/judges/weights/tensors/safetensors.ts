import { z } from 'zod';
import type { ByteSource } from './byte-source.ts';
import { decodeElements, ELEMENT_BYTES, type ElementType, elementCount, type Tensor } from './tensor.ts';
import { damaged, unreadable } from './tensor-file-problem.ts';

/** The same limit as the reference implementation's. */
const MOST_HEADER_BYTES = 100_000_000;

const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  F16: 'float16',
  BF16: 'bfloat16',
  F32: 'float32',
  F64: 'float64',
  I8: 'int8',
  U8: 'uint8',
  I16: 'int16',
  I32: 'int32',
  I64: 'int64',
  BOOL: 'bool',
};

const whole = z.int().min(0);
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(whole).max(16),
  data_offsets: z.tuple([whole, whole]),
});

interface Entry {
  readonly dtype: string;
  readonly dims: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Whether a file begins as safetensors files do: the length of a header, and a JSON object. */
export async function isSafetensors(source: ByteSource): Promise<boolean> {
  if (source.size < 10) return false;
  const start = Buffer.from(await source.read(8, 2)).toString('latin1');
  return ['{"', '{}', '{ '].includes(start);
}

/**
 * Reads tensors of a safetensors file: the header, then the wanted ranges only.
 *
 * @param wanted the names to read; default: all
 * @throws TensorFileProblem for a header that is too large or no JSON, for ranges that overlap, leave
 *   gaps, lie outside the file or do not fit the shape
 */
export async function readSafetensors(
  source: ByteSource,
  wanted?: ReadonlySet<string>,
): Promise<Map<string, Tensor>> {
  const { entries, dataStart } = await readHeader(source);
  const tensors = new Map<string, Tensor>();
  for (const [name, { dtype, dims, begin, end }] of entries) {
    if (wanted !== undefined && !wanted.has(name)) continue;
    const type = ELEMENT_TYPES[dtype];
    if (type === undefined) throw unreadable(`The tensor ${JSON.stringify(name)} is of ${dtype}.`);
    if (elementCount(dims) * ELEMENT_BYTES[type] !== end - begin) {
      throw damaged(`The tensor ${JSON.stringify(name)} has not as many bytes as its shape needs.`);
    }
    const bytes = await source.read(dataStart + begin, end - begin);
    tensors.set(name, { dims, data: decodeElements(bytes, type) });
  }
  return tensors;
}

async function readHeader(source: ByteSource): Promise<{ entries: Map<string, Entry>; dataStart: number }> {
  const start = await source.read(0, 8);
  const length = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true));
  if (length > MOST_HEADER_BYTES) throw damaged(`The header claims to have ${length} bytes.`);
  const dataStart = 8 + length;
  const header = parseHeader(await source.read(8, length));
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const entry = entrySchema.safeParse(value);
    if (!entry.success) throw damaged(`The header says nothing sensible of ${JSON.stringify(name)}.`);
    const { dtype, shape, data_offsets } = entry.data;
    entries.set(name, { dtype, dims: shape, begin: data_offsets[0], end: data_offsets[1] });
  }
  checkRanges([...entries.values()], source.size - dataStart);
  return { entries, dataStart };
}

function parseHeader(bytes: Uint8Array): object {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return header;
  } catch (cause) {
    throw damaged('The header is no JSON.', cause);
  }
  throw damaged('The header is no JSON object.');
}

/** One tensor behind the other, from the first byte to the last: the format knows no holes. */
function checkRanges(entries: Entry[], size: number): void {
  let position = 0;
  for (const { begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position || end < begin) throw damaged('Tensors overlap or leave gaps.');
    position = end;
  }
  if (position > size) throw damaged(`The file is cut off: ${position - size} bytes are missing.`);
  if (position < size) throw damaged(`The file has ${size - position} bytes that belong to no tensor.`);
}
