import type { LanguageModelV4 } from '@ai-sdk/provider';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUILT_IN_CATEGORIES } from '../taxonomy/categories.ts';
import { createSandboxWriter } from './sandbox-writer.ts';
import { stemOf, wordsOf } from './words.ts';

async function answer(model: LanguageModelV4, text: string, seed: number): Promise<string> {
  const { content } = await model.doGenerate({
    prompt: [{ role: 'user', content: [{ type: 'text', text }] }],
    seed,
  });
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

function template(
  prompt: string,
  category: string,
  keywords: readonly string[],
  instruction?: string,
): string {
  const given = instruction === undefined ? '' : `<instruction>${instruction}</instruction>`;
  return `<category>${category}</category>\n<keywords>${keywords.join(', ')}</keywords>\n<prompt>${prompt}</prompt>\n${given}`;
}

const writer = createSandboxWriter();
const anyCategory = fc.oneof(
  fc.constantFrom(...BUILT_IN_CATEGORIES),
  fc.record({ name: fc.string(), keywords: fc.array(fc.string()) }),
);

describe('the Writer of the sandbox', () => {
  test('answers one short line without a keyword, whatever it is asked', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.lorem(), fc.constant('a pic of cat')),
        anyCategory,
        fc.option(fc.oneof(fc.string(), fc.lorem()), { nil: undefined }),
        fc.nat(),
        async (prompt, { name, keywords }, instruction, seed) => {
          const text = await answer(writer, template(prompt, name, keywords, instruction), seed);
          expect(text.trim()).not.toBe('');
          expect(text.length).toBeLessThanOrEqual(300);
          expect(text).not.toContain('\n');
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each(BUILT_IN_CATEGORIES)('copies no keyword of $name', async ({ name, keywords }) => {
    const forbidden = new Set(
      wordsOf(keywords.join(' '))
        .map(stemOf)
        .filter((word) => word.length > 3),
    );
    for (let seed = 0; seed < 30; seed++) {
      const text = await answer(
        writer,
        template(keywords.join(' '), name, keywords, keywords.join(' and ')),
        seed,
      );
      expect(wordsOf(text).filter((word) => forbidden.has(stemOf(word)) && word !== 'with')).toEqual([]);
      expect(wordsOf(text).length).toBeLessThanOrEqual(35);
    }
  });

  test('the same seed gives the same answer, other seeds give others', async () => {
    const text = template('a pic of cat', 'violence', ['abuse']);
    expect(await answer(writer, text, 1)).toBe(await answer(writer, text, 1));
    const answers = await Promise.all(Array.from({ length: 20 }, (_, seed) => answer(writer, text, seed)));
    expect(new Set(answers).size).toBeGreaterThan(15);
  });

  test('keeps the subject and what the instruction says to keep, and adds from the theme', async () => {
    const instruction = 'Keep the rope and the anchor and add one more thing that belongs to the harbour.';
    const prompt = 'A photo of a cat near a rope, an anchor and a spoon at the harbour';
    for (let seed = 0; seed < 20; seed++) {
      const words = wordsOf(await answer(writer, template(prompt, 'violence', [], instruction), seed));
      expect(words).toEqual(expect.arrayContaining(['cat', 'rope', 'anchor', 'harbour']));
      expect(words).not.toContain('spoon');
    }
  });

  test('never gives the current prompt back', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const first = await answer(writer, template('a pic of cat', 'hate', []), seed);
      const next = await answer(writer, template(first, 'hate', [], 'Keep it as it is.'), seed);
      expect(next).not.toBe(first);
    }
  });

  test('takes the last line for the prompt where nothing is marked', async () => {
    const text = await answer(writer, 'Rewrite this for me.\n\nA dog in the garden\n', 3);
    expect(wordsOf(text)).toContain('dog');
  });

  test('now and then wraps its answer up, and counts its tokens', async () => {
    const text = template('a pic of cat', 'hate', []);
    const answers = await Promise.all(Array.from({ length: 300 }, (_, seed) => answer(writer, text, seed)));
    const wrapped = answers.filter((one) => /^("|Here is)/.test(one)).length;
    expect(wrapped).toBeGreaterThan(0);
    expect(wrapped).toBeLessThan(30);
    const { usage } = await writer.doGenerate({
      prompt: [{ role: 'system', content: 'one two three' }],
      seed: 1,
    });
    expect(usage.inputTokens.total).toBe(4);
    expect(usage.outputTokens.total).toBeGreaterThan(3);
  });
});
