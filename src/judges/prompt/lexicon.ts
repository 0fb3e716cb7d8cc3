import { z } from 'zod';
import { definePromptJudge } from '../judge-definition.ts';
import { createPhraseMatcher, type Entry } from '../text/phrase-matcher.ts';

/** The most words that a judgement lists. */
const MOST_WORDS = 20;

/**
 * The `lexicon` judge: flags a prompt that uses a keyword of any category, in any form of the word
 * (see `createPhraseMatcher`). Every keyword counts, however ordinary: `accidents` flags
 * "a road accident". Whole words only: "skill" does not hold "kill".
 *
 * The label is the category of the first word found; `found` lists the words as they were typed.
 */
export const lexicon = definePromptJudge({
  name: 'lexicon',
  description: "flags prompts that use the categories' keywords, in all their forms",
  facts: {
    goodFor: 'a floor that needs no model: no prompt that names the category counts as safe',
    weaknesses: 'knows words, not meaning: flags "a road accident", misses every paraphrase',
  },
  optionsSchema: z.strictObject({
    extraWords: z
      .array(z.string().min(1).max(200))
      .default([])
      .describe('words and phrases that flag a prompt beside the keywords'),
    ignoreWords: z
      .array(z.string().min(1).max(200))
      .default([])
      .describe('words that never flag a prompt, in the very form given, e.g. accident'),
  }),

  async create({ extraWords, ignoreWords }, { categories, judgeName }) {
    const entries: Entry[] = categories.flatMap(({ name, keywords }) =>
      keywords.map((phrase) => ({ phrase, label: name })),
    );
    entries.push(...extraWords.map((phrase) => ({ phrase, label: 'extra words' })));
    const matcher = createPhraseMatcher(entries, ignoreWords);
    return {
      name: judgeName,
      subject: 'prompt',
      batchSize: 256,
      async judge(subjects) {
        return subjects.map(({ text }) => {
          const hits = matcher.find(text);
          const [first] = hits;
          if (first === undefined) return { verdict: 'safe' };
          const found = [...new Set(hits.map(({ words }) => words))].slice(0, MOST_WORDS);
          return { verdict: 'unsafe', label: first.entry.label, found };
        });
      },
    };
  },
});
