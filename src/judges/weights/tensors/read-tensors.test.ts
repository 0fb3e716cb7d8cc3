import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readTensor, readTensors } from './read-tensors.ts';

const OWN = join(import.meta.dirname, '__fixtures__');
const WEIGHTS = join(import.meta.dirname, '../../../../test/fixtures/weights');
const EXPECTED = join(import.meta.dirname, '../../../../test/fixtures/expected');

const tensorSchema = z.object({ dims: z.array(z.number()), data: z.array(z.number()) });
const expected = z
  .record(z.string(), z.record(z.string(), tensorSchema))
  .parse(JSON.parse(readFileSync(join(OWN, 'expected.json'), 'utf8')));
const hostile = z
  .array(z.object({ file: z.string(), kind: z.string(), global: z.string().nullable() }))
  .parse(JSON.parse(readFileSync(join(EXPECTED, 'hostile.json'), 'utf8')));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'art-tensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('reads what Python wrote', () => {
  test.each(Object.entries(expected))('%s', async (file, tensors) => {
    const read = await readTensors(join(OWN, file));
    expect([...read.keys()].sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, { dims, data }] of Object.entries(tensors)) {
      expect({ dims: read.get(name)?.dims, data: [...(read.get(name)?.data ?? [])] }, name).toEqual({
        dims,
        data,
      });
    }
  });

  test('reads only the tensors asked for, and leaves out those that are not there', async () => {
    for (const file of ['state.pt', 'state-legacy.pt', 'state.safetensors']) {
      const read = await readTensors(join(OWN, file), ['int64', 'transposed', 'unknown']);
      expect([...read.keys()].sort(), file).toEqual(['int64', 'transposed']);
    }
  });

  test('tells the format from the content, not from the name', async () => {
    const path = await fileOf('state.p', await readFile(join(OWN, 'state.safetensors')));
    expect((await readTensors(path)).get('number')).toEqual({ dims: [], data: Float32Array.of(7) });
  });

  test.each(['q16/prompts.p', 'q16/prompts-float32.p', 'q16/prompts-list.p'])('%s', async (file) => {
    const same = await readTensor(join(WEIGHTS, 'q16/prompts.p'));
    expect(same.dims).toEqual([2, 768]);
    expect(await readTensor(join(WEIGHTS, file))).toEqual(same);
  });

  test('a tensor, a parameter and a file of old hold the same numbers', async () => {
    const same = await readTensor(join(WEIGHTS, 'q16-ft/prompts.pt'));
    expect(await readTensor(join(WEIGHTS, 'q16-ft/prompts-parameter.pt'))).toEqual(same);
    expect(await readTensor(join(WEIGHTS, 'q16-ft/prompts-legacy.pt'))).toEqual(same);
  });

  test('the two files of a safety checker hold the same', async () => {
    const names = [
      'concept_embeds',
      'concept_embeds_weights',
      'special_care_embeds',
      'special_care_embeds_weights',
    ];
    const read = await readTensors(join(WEIGHTS, 'safety-checker/model.safetensors'), names);
    expect(read.get('concept_embeds')?.dims).toEqual([17, 768]);
    expect(new Map(await readTensors(join(WEIGHTS, 'safety-checker/pytorch_model.bin'), names))).toEqual(
      new Map([...names].map((name) => [name, read.get(name)])),
    );
  });

  test('a file of several tensors is not taken for one', async () => {
    await expect(readTensor(join(OWN, 'dict-of-arrays.p'))).rejects.toThrow(
      /dict-of-arrays\.p .* 2 tensors \("a", "deeper\.b"\), where one is expected/,
    );
  });
});

describe('refuses', () => {
  const codes: Readonly<Record<string, RegExp>> = {
    'runs code': /^WEIGHTS_(UNSAFE|DAMAGED)$/,
    absurd: /^WEIGHTS_(DAMAGED|UNREADABLE)$/,
    damaged: /^WEIGHTS_(DAMAGED|UNREADABLE)$/,
  };

  test.each(hostile.filter(({ file }) => file !== 'proto-key.p'))('$file', async ({ file, kind, global }) => {
    const error = await readTensors(join(WEIGHTS, 'hostile', file)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'WeightsError',
      code: expect.stringMatching(codes[kind] ?? /never/),
      hint: expect.any(String),
    });
    if (global === null) return;
    expect(error).toMatchObject({
      code: 'WEIGHTS_UNSAFE',
      message: expect.stringMatching(/was not run/),
      data: { global },
    });
  });

  test('keys that JavaScript treats as special are keys like others', async () => {
    const read = await readTensors(join(WEIGHTS, 'hostile/proto-key.p'));
    expect([...read.keys()]).toEqual(['__proto__.polluted', 'constructor']);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test('and runs nothing: a command in a pickle leaves no file behind', async () => {
    const trace = join(folder, 'it-was-run');
    const path = await fileOf('touch.p', `cposix\nsystem\n(S'touch ${trace}'\ntR.`);
    await expect(readTensors(path)).rejects.toMatchObject({
      code: 'WEIGHTS_UNSAFE',
      data: { global: 'posix.system' },
    });
    expect(existsSync(trace)).toBe(false);
  });

  test('a pickle within the bytes of a storage, in an old file or on its own', async () => {
    const harmful = 'cposix\nsystem\n(tR.';
    const magic = Buffer.from('80028a0a6cfc9c46f9206aa850192e80024de9032e80027d2e', 'hex').toString('latin1');
    for (const nested of [harmful, `${magic}${harmful}`]) {
      const call = `\x80\x04\x8c\x0dtorch.storage\x8c\x10_load_from_bytes\x93C${String.fromCharCode(nested.length)}`;
      const path = await fileOf('nested.p', Buffer.from(`${call}${nested}\x85R.`, 'latin1'));
      await expect(readTensors(path)).rejects.toMatchObject({
        code: 'WEIGHTS_UNSAFE',
        data: { global: 'posix.system' },
      });
    }
  });

  test('names that are close to allowed ones', async () => {
    for (const name of [
      'torch\nload',
      'torch._utils\n__builtins__',
      'collections\n__class__',
      'numpy\n__loader__',
    ]) {
      const path = await fileOf('name.p', `c${name}\n.`);
      await expect(readTensors(path)).rejects.toMatchObject({ code: 'WEIGHTS_UNSAFE' });
    }
  });

  test('a compressed archive', async () => {
    await expect(readTensors(join(OWN, 'compressed.pt'))).rejects.toMatchObject({
      code: 'WEIGHTS_UNREADABLE',
    });
  });

  test.each([
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0', /Git LFS pointer/],
    ['a web page', '<!DOCTYPE html><title>Not found</title>', /web page/],
    ['text', 'nothing in particular', /something else/],
    ['text that looks like a pickle', '(nothing in particular.', /something else/],
    ['a pickle without numbers', Buffer.from('80028c026869942e', 'hex'), /no tensors/],
  ])('%s', async (_, content, message) => {
    const path = await fileOf('weights.pt', content);
    await expect(readTensors(path)).rejects.toMatchObject({
      code: 'WEIGHTS_UNREADABLE',
      message: expect.stringMatching(message),
    });
  });

  test('rows of different lengths, and text among numbers', async () => {
    // [[1, 2], [3]] and [1, "a"], in protocol 2.
    for (const pickle of ['80025d285d284b014b02655d4b0361652e', '80025d284b018c0161652e']) {
      const path = await fileOf('ragged.p', Buffer.from(pickle, 'hex'));
      await expect(readTensors(path)).rejects.toMatchObject({ code: 'WEIGHTS_UNREADABLE' });
    }
  });

  test('a file that is not there', async () => {
    await expect(readTensors(join(folder, 'nowhere.pt'))).rejects.toMatchObject({
      code: 'MODEL_FILE_NOT_FOUND',
      message: expect.stringContaining('nowhere.pt'),
    });
  });

  test('a file that breaks off, wherever it does', async () => {
    for (const file of [
      'state.pt',
      'state-legacy.pt',
      'state.safetensors',
      'torch-tensor.p',
      'protocol-4.p',
    ]) {
      const whole = await readFile(join(OWN, file));
      for (let part = 1; part < 12; part++) {
        const path = await fileOf('cut', whole.subarray(0, Math.floor((whole.length * part) / 12)));
        await expect(readTensors(path), `${file} ${part}/12`).rejects.toMatchObject({
          code: 'WEIGHTS_DAMAGED',
        });
      }
    }
  });
});
