import { expect, test } from 'vitest';
import type { PromptJudge } from '../judges/judge.ts';
import { defineStrategy } from '../strategies/strategy.ts';
import { defineConfig } from './define-config.ts';

const sandbox = { provider: 'sandbox' };
const judge: PromptJudge = { name: 'mine', subject: 'prompt', batchSize: 1, judge: async () => [] };

test('returns what it gets', () => {
  const config = { preset: 'sandbox' } as const;
  expect(defineConfig(config)).toBe(config);
});

// The compiler checks these: `npm run typecheck` fails where a line says less or more than it should.
test('its types take what a user may write, and nothing else', () => {
  const whole = { target: sandbox, writer: sandbox, guide: sandbox };

  defineConfig({
    ...whole,
    judges: { prompt: ['lexicon', judge, { name: 'x', option: 1 }], image: ['nsfwjs'] },
  });
  defineConfig({
    preset: 'paper',
    target: { size: '256x256' },
    writer: { model: 'm' },
    judges: { image: ['x'] },
  });
  defineConfig({ preset: 'sandbox', strategy: { name: 'art', option: true } });
  defineConfig({
    preset: 'sandbox',
    strategy: defineStrategy({ name: 'x', converse: async () => undefined }),
  });
  // Written in place, the parameters of a strategy or a judge have their types.
  defineConfig({
    preset: 'sandbox',
    strategy: {
      name: 'x',
      converse: async ({ play, startPrompt }) => void (await play({ prompt: startPrompt })),
    },
    judges: {
      prompt: [
        {
          name: 'long',
          subject: 'prompt',
          batchSize: 8,
          judge: async (subjects) =>
            subjects.map(({ text }) => ({ verdict: text.length > 99 ? 'unsafe' : 'safe' })),
        },
      ],
    },
  });

  // @ts-expect-error an unknown key
  defineConfig({ preset: 'sandbox', rouns: 3 });
  // @ts-expect-error an unknown preset
  defineConfig({ preset: 'papre' });
  // @ts-expect-error a judge of prompts does not judge images
  defineConfig({ preset: 'sandbox', judges: { image: [judge] } });
  // @ts-expect-error without a preset a target is needed
  defineConfig({ writer: sandbox, guide: sandbox, judges: { image: ['x'] } });
  expect(true).toBe(true);
});
