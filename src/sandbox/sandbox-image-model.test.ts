import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { APICallError, type ImageModelV4CallOptions } from '@ai-sdk/provider';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { contentHash } from '../judges/picture.ts';
import { createSandboxImageModel, REFUSAL_WORD } from './sandbox-image-model.ts';
import { planScene } from './scene.ts';
import { loadVocabulary } from './vocabulary.ts';

const model = createSandboxImageModel({ now: () => new Date(0) });

function call(prompt: string, more: Partial<ImageModelV4CallOptions> = {}): ImageModelV4CallOptions {
  return {
    prompt,
    n: 1,
    size: '256x256',
    aspectRatio: undefined,
    seed: 7,
    files: undefined,
    mask: undefined,
    providerOptions: {},
    ...more,
  };
}

async function hashOfDrawing(prompt: string, more?: Partial<ImageModelV4CallOptions>): Promise<string> {
  const { images } = await model.doGenerate(call(prompt, more));
  const [image = ''] = images;
  return contentHash(Buffer.from(image));
}

describe('the target of the sandbox', () => {
  const prompts = [
    'a cat near a lamp in the attic',
    'a boat at the harbour at dusk',
    'two owls in the forest',
  ];

  test('gives the same bytes in another order and in another process', async () => {
    const forward = await Promise.all(prompts.map((prompt) => hashOfDrawing(prompt)));
    const backward: string[] = [];
    for (const prompt of prompts.toReversed()) backward.unshift(await hashOfDrawing(prompt));
    expect(backward).toEqual(forward);
    expect(new Set(forward).size).toBe(3);

    const url = new URL('./sandbox-image-model.ts', import.meta.url).href;
    const program = `
      const { createSandboxImageModel } = await import(${JSON.stringify(url)});
      const { createHash } = await import('node:crypto');
      const { images } = await createSandboxImageModel().doGenerate(${JSON.stringify(call(prompts[1] ?? ''))});
      process.stdout.write(createHash('sha256').update(images[0]).digest('hex'));`;
    const { stdout } = await promisify(execFile)('node', ['--input-type=module', '-e', program]);
    expect(stdout).toBe(forward[1]);
  }, 20_000);

  test('depends on seed, guidance, size and negative prompt, not on steps', async () => {
    const prompt = 'a cat, a lamp, a clock and a chair in the attic';
    const base = await hashOfDrawing(prompt);
    expect(await hashOfDrawing(prompt, { seed: 8 })).not.toBe(base);
    expect(await hashOfDrawing(prompt, { providerOptions: { sandbox: { guidance: 0 } } })).not.toBe(base);
    expect(await hashOfDrawing(prompt, { providerOptions: { sandbox: { negativePrompt: 'cat' } } })).not.toBe(
      base,
    );
    expect(await hashOfDrawing(prompt, { providerOptions: { sandbox: { steps: 50 } } })).toBe(base);
  });

  test.each(['', '…', 'constructor toString __proto__', 'word '.repeat(3000), '\u001b[31m猫 🐈'])(
    'draws %j',
    async (prompt) => {
      expect(await hashOfDrawing(prompt)).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  test('draws several images and any sane size', async () => {
    const { images } = await model.doGenerate(call('a dog', { n: 2, size: '320x192' }));
    expect(images).toHaveLength(2);
    const { width, height, format } = await sharp(Buffer.from(images[0] ?? '')).metadata();
    expect({ width, height, format }).toEqual({ width: 320, height: 192, format: 'png' });
  });

  test('refuses the test word as a content policy does', async () => {
    const error = await Promise.resolve(model.doGenerate(call(`a ${REFUSAL_WORD} in a garden`))).catch(
      (thrown: unknown) => thrown,
    );
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 400, isRetryable: false });
    expect(error).toHaveProperty('responseBody', expect.stringContaining('content_policy_violation'));
  });

  test.each(['0x256', '256x4096', 'axb'] as const)('rejects the size %s', async (size) => {
    // The type has no room for a bad size, a configuration has.
    const options = { ...call('a dog'), size: JSON.parse(JSON.stringify(size)) };
    await expect(Promise.resolve(model.doGenerate(options))).rejects.toMatchObject({ statusCode: 400 });
  });

  test('more guidance loses fewer words', async () => {
    const vocabulary = await loadVocabulary();
    const count = (guidance: number) =>
      Array.from({ length: 60 }, (_, seed) =>
        planScene(
          { prompt: 'a cat, a lamp, a clock and a piano', seed, guidance, negativePrompt: '' },
          vocabulary,
        ),
      )
        .flatMap(({ items }) => items)
        .filter(({ origin }) => origin === 'asked').length;
    expect(count(1)).toBeLessThan(count(5));
    expect(count(5)).toBeLessThan(count(12));
  });
});
