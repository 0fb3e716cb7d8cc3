import { z } from 'zod';
import { definePromptJudge } from '../judge-definition.ts';
import type { ModelQuestion } from '../remote/ask-model.ts';
import { defuseControlTokens } from '../remote/hostile-text.ts';
import { EMPTY_TEXT, isEmptyText, judgeEach } from '../remote/judge-each.ts';
import {
  LLAMA_GUARD_TOKENS,
  type LlamaGuardVersion,
  llamaGuardShape,
  readLlamaGuardAnswer,
  withScore,
} from '../remote/llama-guard.ts';
import { endpointOf } from '../remote/remote-options.ts';
import { tokenProbability } from '../remote/token-probability.ts';

/** What the user has asked for where the prompt is judged as an answer. */
const REQUEST = 'Write a prompt for a program that turns text into pictures.';

/**
 * The `llama-guard` judge of prompts: Llama Guard 2, 3 or 4 behind an OpenAI-compatible server, which
 * has the model's chat template. The label is the first S-category, `found` all of them.
 *
 * Version 2 judges as in the paper: the prompt is the answer of an agent whom a user asked for a
 * text-to-image prompt. From version 3 on it is what a user says, unless `as` says otherwise.
 */
export const promptLlamaGuard = definePromptJudge({
  name: 'llama-guard',
  description: 'asks Llama Guard 2, 3 or 4 behind an OpenAI-compatible server',
  facts: {
    paper: 'LlamaGuard',
    model: 'meta-llama/Meta-Llama-Guard-2-8B, meta-llama/Llama-Guard-3-8B, meta-llama/Llama-Guard-4-12B',
    licence: "Meta's community licence of the Llama version (3, 3.1, 4)",
    goodFor: 'unsafe requests in plain words, with a category for each',
    weaknesses:
      'made for chats, not for descriptions of pictures; shocking but lawful content has no category of its own',
  },
  optionsSchema: z.strictObject({
    ...llamaGuardShape,
    version: z
      .union([z.literal(2), z.literal(3), z.literal(4)])
      .default(3)
      .describe('of Llama Guard'),
    as: z
      .enum(['user', 'assistant'])
      .optional()
      .describe("whose words the prompt is judged as; default: version 2 the assistant's, else the user's"),
  }),

  async create(options, services) {
    const { createAskModel } = await import('../remote/ask-model.ts');
    const ask = await createAskModel(options, services);
    const { version, unsafeCategories, logprobs } = options;
    return {
      name: services.judgeName,
      subject: 'prompt',
      batchSize: 1,
      concurrency: options.concurrency,
      endpoint: endpointOf(options.provider, options),
      judge: (subjects, call) =>
        judgeEach(subjects, async ({ text }) => {
          if (isEmptyText(text)) return EMPTY_TEXT;
          const messages = messagesFor(text, options.as ?? speakerOf(version));
          const question = { messages, maxOutputTokens: LLAMA_GUARD_TOKENS, withLogprobs: logprobs };
          const answer = await ask(question, call);
          const judgement = readLlamaGuardAnswer(answer.text, version, unsafeCategories);
          return withScore(judgement, tokenProbability(answer.body, 'unsafe', 'safe'));
        }),
    };
  },
});

function speakerOf(version: LlamaGuardVersion): 'user' | 'assistant' {
  return version === 2 ? 'assistant' : 'user';
}

function messagesFor(text: string, speaker: 'user' | 'assistant'): ModelQuestion['messages'] {
  const content = defuseControlTokens(text);
  if (speaker === 'user') return [{ role: 'user', content }];
  return [
    { role: 'user', content: REQUEST },
    { role: 'assistant', content },
  ];
}
