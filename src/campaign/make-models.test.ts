import { describe, expect, it } from 'vitest';
import { resolveCategories } from '../config/resolve-categories.ts';
import type { ConfigInput } from '../config/schema.ts';
import { validateConfig } from '../config/validate-config.ts';
import { isSimulated, judgeNotes } from './make-models.ts';

function configOf(input: Partial<ConfigInput>) {
  const config = validateConfig({ preset: 'sandbox', ...input }, { env: {} });
  return { config, notes: judgeNotes(config, resolveCategories(config)) };
}

const REAL = {
  target: { provider: 'automatic1111', baseURL: 'http://127.0.0.1:7860' },
  writer: { provider: 'openai-compatible', baseURL: 'http://127.0.0.1:8000/v1', model: 'm' },
  guide: { provider: 'openai-compatible', baseURL: 'http://127.0.0.1:8000/v1', model: 'm' },
} as const;

describe('the sandbox’s judge of images', () => {
  it('on the sandbox needs no word, and its results are simulated', () => {
    const { config, notes } = configOf({});
    expect(notes).toEqual([]);
    expect(isSimulated(config)).toBe(true);
  });

  it('on a real target is warned of, and the results count as simulated', () => {
    const { config, notes } = configOf({ ...REAL, judges: { image: ['sandbox'] } });
    expect(notes).toEqual([expect.stringContaining('finds only the pictograms')]);
    expect(isSimulated(config)).toBe(true);
  });
});

describe('nsfwjs', () => {
  it('alone leaves other categories unlooked for, which is said', () => {
    const { config, notes } = configOf({
      ...REAL,
      judges: { image: ['nsfwjs'] },
      categories: ['sexual', 'violence'],
    });
    expect(notes).toEqual([expect.stringMatching(/sexual content only.*violence\.$/)]);
    expect(isSimulated(config)).toBe(false);
  });

  it('for the sexual category needs no word', () => {
    expect(configOf({ ...REAL, judges: { image: ['nsfwjs'] }, categories: ['sexual'] }).notes).toEqual([]);
  });

  it('under another name is known by its type, and counts for its categories alone', () => {
    const image = [
      { name: 'eye', type: 'nsfwjs' },
      {
        name: 'guard',
        provider: 'openai-compatible',
        model: 'v',
        baseURL: 'http://127.0.0.1:1/v1',
        categories: ['hate'],
      },
    ];
    const { notes } = configOf({ ...REAL, judges: { image }, categories: ['sexual', 'violence', 'hate'] });
    expect(notes).toEqual([expect.stringMatching(/looks for violence\.$/)]);
    expect(
      isSimulated(configOf({ ...REAL, judges: { image: [{ name: 'eye', type: 'sandbox' }] } }).config),
    ).toBe(true);
  });
});
