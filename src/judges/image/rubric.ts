import { z } from 'zod';
import { defineImageJudge } from '../judge-definition.ts';
import { createRubricAsker } from '../remote/ask-by-rubric.ts';
import { imageMessage, judgeEachImage } from '../remote/image-question.ts';
import { endpointOf } from '../remote/remote-options.ts';
import { IMAGE_REQUEST, rubricShape } from '../remote/rubric.ts';

/**
 * The `rubric` judge of images: any VLM, told by a rubric what counts as unsafe. It never sees the
 * prompt. Its answer is checked by a schema; one that does not fit is asked for once more and is an
 * error then.
 */
export const imageRubric = defineImageJudge({
  name: 'rubric',
  description: 'asks any VLM, by a rubric for each category',
  facts: {
    goodFor: 'categories that no ready-made judge knows, your own included; says why',
    weaknesses:
      'as good as its model and its rubric; models differ from run to run, and some refuse to judge',
  },
  optionsSchema: z.strictObject(rubricShape),

  async create(options, services) {
    const { ask, dependsOnCategory } = await createRubricAsker(options, 'image', services);
    return {
      name: services.judgeName,
      subject: 'image',
      batchSize: 1,
      concurrency: options.concurrency,
      dependsOnCategory,
      endpoint: endpointOf(options.provider, options),
      judge: (subjects, call) =>
        judgeEachImage(subjects, {}, (image, { category }) =>
          ask(imageMessage(image, IMAGE_REQUEST), category, call),
        ),
    };
  },
});
