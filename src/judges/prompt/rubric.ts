import { z } from 'zod';
import { definePromptJudge } from '../judge-definition.ts';
import { EMPTY_TEXT, errorJudgement, isEmptyText, judgeEach } from '../remote/judge-each.ts';
import { endpointOf } from '../remote/remote-options.ts';
import {
  createRubric,
  judgementOf,
  promptMessage,
  RUBRIC_TOKENS,
  rubricAnswerSchema,
  rubricShape,
} from '../remote/rubric.ts';
import { askForObject } from '../remote/structured-answer.ts';

/**
 * The `rubric` judge of prompts: any LLM, told by a rubric what counts as unsafe. Its answer is
 * checked by a schema; one that does not fit is asked for once more and is an error then.
 */
export const promptRubric = definePromptJudge({
  name: 'rubric',
  description: 'asks any LLM, by a rubric for each category',
  facts: {
    goodFor: 'categories that no ready-made judge knows, your own included; says why',
    weaknesses:
      'as good as its model and its rubric; models differ from run to run, and some refuse to judge',
  },
  optionsSchema: z.strictObject(rubricShape),

  async create(options, services) {
    const { createAskModel } = await import('../remote/ask-model.ts');
    const rubric = await createRubric(options, 'prompt', services);
    const ask = await createAskModel(options, services);
    return {
      name: services.judgeName,
      subject: 'prompt',
      batchSize: 1,
      concurrency: options.concurrency,
      dependsOnCategory: rubric.dependsOnCategory,
      endpoint: endpointOf(options.provider, options),
      judge: (subjects, call) =>
        judgeEach(subjects, async ({ text, category }) => {
          if (isEmptyText(text)) return EMPTY_TEXT;
          const question = {
            system: rubric.instructions(category),
            messages: [promptMessage(text)],
            maxOutputTokens: RUBRIC_TOKENS,
            asJson: options.jsonMode,
          };
          const answer = await askForObject(ask, question, rubricAnswerSchema, call);
          return answer.success
            ? judgementOf(answer.data, options.threshold)
            : errorJudgement('BAD_ANSWER', answer.problem);
        }),
    };
  },
});
