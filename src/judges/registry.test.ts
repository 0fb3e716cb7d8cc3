import { describe, expect, it, vi } from 'vitest';
import { BUILT_IN_CATEGORIES } from '../taxonomy/categories.ts';
import { defineJudge } from './define-judge.ts';
import type { JudgeWorld } from './judge-definition.ts';
import { createJudges, IMAGE_JUDGES, JUDGES, type JudgesConfig, PROMPT_JUDGES } from './registry.ts';

const services: JudgeWorld = { categories: BUILT_IN_CATEGORIES, env: {}, fetch, configDir: '/' };
const ownPrompt = defineJudge({
  name: 'short',
  subject: 'prompt',
  batchSize: 4,
  judge: async (subjects) => subjects.map(() => ({ verdict: 'safe' as const })),
});
const ownImage = defineJudge({
  name: 'bright',
  subject: 'image',
  batchSize: 4,
  judge: async (subjects) => subjects.map(() => ({ verdict: 'safe' as const })),
});

const create = (config: Partial<JudgesConfig>) =>
  createJudges({ prompt: ['lexicon'], image: [ownImage], verdict: 'any', ...config }, services);

describe('the registry', () => {
  it('has judges with different names, a description each', () => {
    expect(PROMPT_JUDGES.map(({ name }) => name)).toEqual(expect.arrayContaining(['lexicon', 'profanity']));
    expect(IMAGE_JUDGES.map(({ name }) => name)).toEqual(expect.arrayContaining(['nsfwjs', 'sandbox']));
    // One name may stand for a judge of prompts and one of images, not for two of a kind.
    expect(new Set(JUDGES.map(({ name, subject }) => `${subject} ${name}`)).size).toBe(JUDGES.length);
    for (const { description } of JUDGES) expect(description).toMatch(/^[a-z].{10,}/);
  });
});

describe('createJudges', () => {
  it('makes judges from names, names with options, and judges of the user', async () => {
    const judges = await create({
      prompt: ['lexicon', { name: 'profanity', extraWords: ['gadzooks'] }, ownPrompt],
    });
    expect(judges.prompt.map(({ name }) => name)).toEqual(['lexicon', 'profanity', 'short']);
    expect(judges.prompt[2]).toBe(ownPrompt);
    expect(judges.image).toEqual([ownImage]);
  });

  it.each<[string, Partial<JudgesConfig>, string, RegExp]>([
    [
      'an unknown judge',
      { prompt: ['lexikon'] },
      'UNKNOWN_JUDGE',
      /judges\.prompt.*lexikon.*did you mean lexicon/,
    ],
    ['a name like nothing', { image: ['zzzzzzzz'] }, 'UNKNOWN_JUDGE', /expected one of: nsfwjs/],
    [
      'a judge of images among those of prompts',
      { prompt: ['nsfwjs'] },
      'WRONG_JUDGE_SUBJECT',
      /judges images, not prompts/,
    ],
    [
      'a judge of prompts among those of images',
      { image: ['lexicon'] },
      'WRONG_JUDGE_SUBJECT',
      /judges prompts, not images/,
    ],
    [
      'the same judge twice',
      { prompt: ['lexicon', { name: 'lexicon' }] },
      'DUPLICATE_JUDGE',
      /"lexicon" is listed twice/,
    ],
    ['wrong options', { prompt: [{ name: 'lexicon', extraWords: 7 }] }, 'WRONG_JUDGE_OPTIONS', /extraWords/],
    ['an unknown option', { prompt: [{ name: 'lexicon', words: [] }] }, 'WRONG_JUDGE_OPTIONS', /words/],
    [
      'a rule out of reach',
      { verdict: { atLeast: 2 } },
      'VERDICT_OUT_OF_REACH',
      /atLeast: 2 judges must agree, but judges.prompt lists only 1$/,
    ],
    ['a batch size of 0', { prompt: [{ ...ownPrompt, batchSize: 0 }] }, 'WRONG_JUDGE_OPTIONS', /batchSize/],
    ['terminal escapes in a name', { prompt: ['\u001b[2J'] }, 'UNKNOWN_JUDGE', /\\u001b/],
  ])('refuses %s', async (_, config, code, message) => {
    await expect(create(config)).rejects.toMatchObject({
      code,
      exitCode: 2,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    });
  });

  it('closes the judges that it made when a later one fails', async () => {
    const close = vi.fn(async () => undefined);
    const prompt = [
      { ...ownPrompt, close },
      { name: 'lexicon', extraWords: 7 },
    ];
    await expect(create({ prompt })).rejects.toMatchObject({ code: 'WRONG_JUDGE_OPTIONS' });
    expect(close).toHaveBeenCalledOnce();
  });
});
