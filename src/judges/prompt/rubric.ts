import { z } from 'zod';
import { definePromptJudge } from '../judge-definition.ts';
import { createRubricAsker } from '../remote/ask-by-rubric.ts';
import { EMPTY_TEXT, isEmptyText, judgeEach } from '../remote/judge-each.ts';
import { endpointOf } from '../remote/remote-options.ts';
import { promptMessage, rubricShape } from '../remote/rubric.ts';

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
    const { ask, dependsOnCategory } = await createRubricAsker(options, 'prompt', services);
    return {
      name: services.judgeName,
      subject: 'prompt',
      batchSize: 1,
      concurrency: options.concurrency,
      dependsOnCategory,
      endpoint: endpointOf(options.provider, options),
      judge: (subjects, call) =>
        judgeEach(subjects, async ({ text, category }) => {
          if (isEmptyText(text)) return EMPTY_TEXT;
          return ask(promptMessage(text), category, call);
        }),
    };
  },
});
