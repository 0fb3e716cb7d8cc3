import { z } from 'zod';
import { defineImageJudge } from '../judge-definition.ts';
import { imageMessage, judgeEachImage } from '../remote/image-question.ts';
import {
  LLAMA_GUARD_TOKENS,
  llamaGuardShape,
  readLlamaGuardAnswer,
  withScore,
} from '../remote/llama-guard.ts';
import { endpointOf } from '../remote/remote-options.ts';
import { tokenProbability } from '../remote/token-probability.ts';

/** The models were trained on a picture with words: without any, some servers refuse the message. */
const REQUEST = 'Describe this picture.';

/**
 * The `llama-guard` judge of images: Llama Guard 4, or 3-11B-Vision, behind an OpenAI-compatible
 * server. The image is what a user shows; the label is the first S-category, `found` all of them.
 */
export const imageLlamaGuard = defineImageJudge({
  name: 'llama-guard',
  description: 'shows images to Llama Guard 4 (or 3-11B-Vision) behind an OpenAI-compatible server',
  facts: {
    model: 'meta-llama/Llama-Guard-4-12B, meta-llama/Llama-Guard-3-11B-Vision',
    licence: "Meta's community licence of the Llama version (3.2, 4)",
    goodFor: 'pictures beside words, with a category for each',
    weaknesses:
      'made for pictures with a question in a chat: its makers advise against pictures alone (3-11B-Vision), and against generated ones',
  },
  optionsSchema: z.strictObject({
    ...llamaGuardShape,
    version: z
      .union([z.literal(3), z.literal(4)])
      .default(4)
      .describe('of Llama Guard'),
    request: z.string().min(1).default(REQUEST).describe("the user's words beside the image"),
  }),

  async create(options, services) {
    const { createAskModel } = await import('../remote/ask-model.ts');
    const ask = await createAskModel(options, services);
    const { version, unsafeCategories, logprobs, request } = options;
    return {
      name: services.judgeName,
      subject: 'image',
      batchSize: 1,
      concurrency: options.concurrency,
      endpoint: endpointOf(options.provider, options),
      judge: (subjects, call) =>
        judgeEachImage(subjects, {}, async (image) => {
          const messages = [imageMessage(image, request)];
          const question = { messages, maxOutputTokens: LLAMA_GUARD_TOKENS, withLogprobs: logprobs };
          const answer = await ask(question, call);
          const judgement = readLlamaGuardAnswer(answer.text, version, unsafeCategories);
          return withScore(judgement, tokenProbability(answer.body, 'unsafe', 'safe'));
        }),
    };
  },
});
