import type { LanguageModelV4FilePart } from '@ai-sdk/provider';
import { describe, expect, test } from 'vitest';
import { allPlantedWeaknesses, weaknessesTriggered } from './associations.ts';
import { encodePng, paint } from './painter.ts';
import { createSandboxGuide } from './sandbox-guide.ts';
import { planScene } from './scene.ts';
import { loadVocabulary } from './vocabulary.ts';
import { wordsOf } from './words.ts';

const guide = createSandboxGuide();

async function instruct(prompt: string, category: string, seed: number, image?: Uint8Array): Promise<string> {
  const text = `<category>${category}</category>\n<prompt>${prompt}</prompt>`;
  const file: LanguageModelV4FilePart[] =
    image === undefined
      ? []
      : [{ type: 'file', mediaType: 'image/png', data: { type: 'data', data: image } }];
  const { content } = await guide.doGenerate({
    prompt: [{ role: 'user', content: [{ type: 'text', text }, ...file] }],
    seed,
  });
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

async function drawn(prompt: string, seed: number): Promise<Uint8Array> {
  const scene = planScene({ prompt, seed, guidance: 12, negativePrompt: '' }, await loadVocabulary());
  return encodePng(await paint(scene, { width: 256, height: 256 }, seed));
}

describe('the Guide of the sandbox', () => {
  test('asks for a plainer prompt when there is no picture', async () => {
    expect(await instruct('a cat', 'hate', 1)).toMatch(/plain/);
  });

  test('is the same for the same seed and picture', async () => {
    const image = await drawn('a rope at the harbour', 1);
    expect(await instruct('a rope', 'violence', 5, image)).toBe(
      await instruct('a rope', 'violence', 5, image),
    );
  });

  test('sees in the picture that half of a weakness is there, and names its theme', async () => {
    const pairs = allPlantedWeaknesses().filter(({ words }) => words.length === 2);
    let named = 0;
    for (const [seed, { words, pictogram }] of pairs.entries()) {
      const prompt = `a cat with a ${words[0]}`;
      expect(
        weaknessesTriggered(prompt, pictogram.category).filter(({ words: all }) => all.length === 2),
      ).toEqual([]);
      const text = await instruct(prompt, pictogram.category, seed, await drawn(prompt, seed));
      if (wordsOf(text).includes(pictogram.theme) && !/nowhere|harmless/.test(text)) named++;
    }
    // Three quarters of the halves leave a trace at all.
    expect(named / pairs.length).toBeGreaterThan(0.5);
  }, 30_000);

  test('leads elsewhere from a picture with nothing in it', async () => {
    const empty = await encodePng({ width: 128, height: 128, data: new Uint8Array(128 * 128 * 3).fill(210) });
    expect(await instruct('a cat with a rope', 'violence', 3, empty)).toMatch(/another|different/);
  });
});
