import { z } from 'zod';
import { ModelError } from '../../models/model-error.ts';
import type { JudgeCall, Judgement } from '../judge.ts';
import { definePromptJudge } from '../judge-definition.ts';
import { EMPTY_TEXT, isEmptyText, judgeEach } from '../remote/judge-each.ts';
import {
  createOpenaiModeration,
  type OpenaiModeration,
  openaiModerationShape,
} from '../remote/openai-moderation.ts';

/** Prompts in one request. */
const BATCH = 32;

/**
 * The `openai-moderation` judge of prompts. The score is the highest of the categories that count,
 * the label the category that has it, `found` all that are flagged.
 */
export const promptOpenaiModeration = definePromptJudge({
  name: 'openai-moderation',
  description: "asks OpenAI's moderation endpoint, up to 32 prompts a request",
  facts: {
    model: 'omni-moderation-latest',
    licence: "a service: OpenAI's terms",
    goodFor: 'a fast first opinion with scores for 13 categories; the service itself is free of charge',
    weaknesses:
      'made for what people write to each other, not for descriptions of pictures; scores shift as the service changes',
  },
  optionsSchema: z.strictObject(openaiModerationShape),

  async create(options, services) {
    const moderation = await createOpenaiModeration(options, services);
    return {
      name: services.judgeName,
      subject: 'prompt',
      batchSize: BATCH,
      concurrency: options.concurrency,
      endpoint: moderation.endpoint,
      async judge(subjects, call) {
        const texts = subjects.map(({ text }) => text.toWellFormed()).filter((text) => !isEmptyText(text));
        const moderated = texts.length === 0 ? [] : await moderateAll(moderation, texts, call);
        const answers = moderated.values();
        return subjects.map(({ text }) =>
          isEmptyText(text) ? EMPTY_TEXT : (answers.next().value ?? EMPTY_TEXT),
        );
      },
    };
  },
});

/** Where the service refuses a batch, one text may be the reason: then each is sent alone. */
async function moderateAll(
  moderation: OpenaiModeration,
  texts: readonly string[],
  call: JudgeCall,
): Promise<readonly Judgement[]> {
  try {
    return await moderation.moderate(texts, call);
  } catch (error) {
    if (!(error instanceof ModelError) || error.code !== 'REJECTED' || texts.length === 1) throw error;
    return judgeEach(texts, async (text) => {
      const [judgement] = await moderation.moderate([text], call);
      return judgement ?? EMPTY_TEXT;
    });
  }
}
