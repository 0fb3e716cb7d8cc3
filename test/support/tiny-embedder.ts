import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOKENS = 512;
const WIDTH = 8;

/**
 * Puts a sentence transformer of a few kilobytes into a folder: it looks up a vector a token and nothing else.
 * The tokenizer is that of tiny-bert-multi.
 *
 * Source of the field numbers: onnx.proto of ONNX 1.16.
 */
export function putTinyEmbedder(folder: string): string {
  const bert = fileURLToPath(new URL('../fixtures/models/tiny-bert-multi', import.meta.url));
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
    cpSync(join(bert, file), join(folder, file));
  writeFileSync(join(folder, 'onnx', 'model.onnx'), lookUpNetwork());
  return folder;
}

function lookUpNetwork(): Uint8Array {
  const table = Float32Array.from({ length: TOKENS * WIDTH }, (_, at) => Math.sin(1 + at * at));
  const node = message([
    [1, 'table'],
    [1, 'input_ids'],
    [2, 'last_hidden_state'],
    [4, 'Gather'],
  ]);
  const initializer = message([
    [1, TOKENS],
    [1, WIDTH],
    [2, 1],
    [8, 'table'],
    [9, Buffer.from(table.buffer)],
  ]);
  const graph = message([
    [1, node],
    [2, 'tiny'],
    [5, initializer],
    [11, tensor('input_ids', 7, ['batch', 'length'])],
    [12, tensor('last_hidden_state', 1, ['batch', 'length', 'width'])],
  ]);
  return message([
    [1, 8],
    [7, graph],
    [8, message([[2, 13]])],
  ]);
}

/** A ValueInfoProto: name, type of its elements, names of its dimensions. */
function tensor(name: string, element: number, dimensions: readonly string[]): Uint8Array {
  const shape = message(dimensions.map((dimension) => [1, message([[2, dimension]])] as const));
  const type = message([
    [1, element],
    [2, shape],
  ]);
  return message([
    [1, name],
    [2, message([[1, type]])],
  ]);
}

/** A Protocol Buffers message: numbers as varints, the rest with its length before it. */
function message(fields: readonly (readonly [number, number | string | Uint8Array])[]): Uint8Array {
  return Buffer.concat(
    fields.map(([field, value]) => {
      if (typeof value === 'number') return Buffer.from([field << 3, ...varint(value)]);
      const bytes = Buffer.from(value);
      return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(bytes.length)]), bytes]);
    }),
  );
}

function varint(number: number): number[] {
  return number < 128 ? [number] : [(number & 127) | 128, ...varint(number >>> 7)];
}
