import { z } from 'zod';
import { definePromptJudge } from '../judge-definition.ts';
import { foldText } from '../text/fold-text.ts';
import { createProfanityMatcher } from './profanity-matcher.ts';

/** The most places that a judgement lists. */
const MOST_PLACES = 20;

const words = z.array(z.string().trim().min(1).max(100)).default([]);

/**
 * The `profanity` judge: flags a prompt that holds a profane English word, by the dataset of the
 * library `obscenity`. It never repeats the words: `found` tells where they stand, as
 * `characters 5–9`, counted from 0 in the folded prompt (see `foldText`).
 */
export const profanity = definePromptJudge({
  name: 'profanity',
  description: 'flags prompts that hold profane English words',
  facts: {
    model: 'obscenity (npm), its English dataset',
    licence: 'MIT',
    goodFor: 'a floor that needs no model: no prompt with profane words counts as safe',
    weaknesses: 'knows English words, not meaning',
  },
  optionsSchema: z.strictObject({
    extraWords: words.describe('whole words that count as profane as well'),
    ignoreWords: words.describe("words of the library's dataset that do not count"),
  }),

  async create(options, { judgeName }) {
    const matcher = createProfanityMatcher(options);
    return {
      name: judgeName,
      subject: 'prompt',
      batchSize: 256,
      async judge(subjects) {
        return subjects.map(({ text }) => {
          const matches = matcher.getAllMatches(foldText(text), true);
          if (matches.length === 0) return { verdict: 'safe' };
          const places = matches.map(({ startIndex, endIndex }) => `characters ${startIndex}–${endIndex}`);
          return {
            verdict: 'unsafe',
            label: `${matches.length} profane ${matches.length === 1 ? 'word' : 'words'}`,
            found: [...new Set(places)].slice(0, MOST_PLACES),
          };
        });
      },
    };
  },
});
