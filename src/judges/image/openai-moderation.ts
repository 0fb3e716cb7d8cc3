import { z } from 'zod';
import { defineImageJudge } from '../judge-definition.ts';
import { dataUrl } from '../remote/encode-picture.ts';
import { judgeEachImage } from '../remote/image-question.ts';
import { errorJudgement } from '../remote/judge-each.ts';
import { createOpenaiModeration, openaiModerationShape } from '../remote/openai-moderation.ts';

/** Our own: far below what the service takes, and enough for any picture that is to be judged. */
const LIMITS = { largestBytes: 15_000_000 };

/**
 * The `openai-moderation` judge of images, one a request. The score is the highest of the categories
 * that count, the label the category that has it, `found` all that are flagged.
 */
export const imageOpenaiModeration = defineImageJudge({
  name: 'openai-moderation',
  description: "asks OpenAI's moderation endpoint",
  facts: {
    model: 'omni-moderation-latest',
    licence: "a service: OpenAI's terms",
    goodFor: 'sexual, violent and self-harm pictures; the service itself is free of charge',
    weaknesses:
      'looks at pictures for sexual, violence and self-harm only: its other categories are always 0; scores shift as the service changes',
  },
  optionsSchema: z.strictObject(openaiModerationShape),

  async create(options, services) {
    const moderation = await createOpenaiModeration(options, services);
    return {
      name: services.judgeName,
      subject: 'image',
      batchSize: 1,
      concurrency: options.concurrency,
      endpoint: moderation.endpoint,
      judge: (subjects, call) =>
        judgeEachImage(subjects, LIMITS, async (image) => {
          const url = dataUrl(image);
          const [judgement] = await moderation.moderate([{ type: 'image_url', image_url: { url } }], call);
          return judgement ?? errorJudgement('BAD_ANSWER', 'The service gave no result.');
        }),
    };
  },
});
