import { describe, expect, test } from 'vitest';
import { fakeConfig } from './campaign-fixtures.ts';
import { sweepNotes } from './sweep-notes.ts';

const SWEEP = { guidance: [2.5, 7.5], size: ['256x256'] };

/** The notes on a sweep of a target. */
function notesOn(target: object, sweep: object = SWEEP, placeholders?: readonly string[]): string[] {
  const config = fakeConfig({ target: { provider: 'sandbox', ...target }, sweep });
  return sweepNotes(config, placeholders === undefined ? undefined : new Set(placeholders));
}

test.each([
  { provider: 'sandbox' },
  { provider: 'automatic1111', baseURL: 'http://127.0.0.1:1' },
  { provider: 'openai-compatible', baseURL: 'http://127.0.0.1:1/v1', model: 'm' },
  { provider: 'fal', model: 'm' },
])('nothing is said of a target that takes the settings: %j', (target) => {
  expect(notesOn(target)).toEqual([]);
});

test('nothing is said without a sweep', () => {
  expect(sweepNotes(fakeConfig({ target: { provider: 'google', model: 'm' } }))).toEqual([]);
});

describe('settings that would not reach the target are told', () => {
  test('where the provider takes none', () => {
    expect(notesOn({ provider: 'google', model: 'm' })).toEqual([
      'The sweep over guidance will draw the same under all its 2 settings as without it: the provider google does not take a guidance scale.',
      'The sweep over size will draw the same under its setting as without it: the provider google takes an aspect ratio and no size.',
    ]);
    expect(notesOn({ provider: 'openai', model: 'm' })).toHaveLength(1);
    expect(notesOn({ provider: 'openai', model: 'm' }, { size: ['64x64'] })).toEqual([]);
  });

  test("where the user's own options win", () => {
    const server = { provider: 'openai-compatible', baseURL: 'http://127.0.0.1:1/v1', model: 'm' };
    expect(notesOn({ ...server, providerOptions: { guidance_scale: 4, size: '64x64' } })).toEqual([
      expect.stringContaining('guidance will draw the same'),
      expect.stringContaining('size will draw the same'),
    ]);
  });

  test('where the workflow has no place for them', () => {
    const comfyui = { provider: 'comfyui', baseURL: 'http://127.0.0.1:1', workflow: 'w.json' };
    expect(notesOn(comfyui, SWEEP, ['prompt', 'seed'])).toEqual([
      expect.stringContaining('the workflow has no {{guidance}}'),
      expect.stringContaining('neither {{width}} nor {{height}}'),
    ]);
    expect(notesOn(comfyui, SWEEP, ['prompt', 'seed', 'guidance', 'width'])).toEqual([]);
  });
});
