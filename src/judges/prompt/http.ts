import { z } from 'zod';
import { definePromptJudge } from '../judge-definition.ts';
import { createHttpService, httpShape, requestSchema } from '../remote/http.ts';
import { EMPTY_TEXT, isEmptyText, judgeEach } from '../remote/judge-each.ts';
import { placesIn } from '../remote/request-template.ts';

/**
 * The `http` judge of prompts: any HTTP endpoint that answers with JSON. The template of the request
 * has the places `{{text}}` and `{{category}}`; a JSONPath says where in the answer the score, the label or
 * the verdict is.
 */
export const promptHttp = definePromptJudge({
  name: 'http',
  description: 'asks any HTTP endpoint: a request template, and the JSONPath of the score',
  facts: {
    goodFor: 'a classifier of your own behind a server',
    weaknesses: 'those of the server',
  },
  optionsSchema: z.strictObject({
    ...httpShape,
    request: requestSchema
      .default({ text: '{{text}}' })
      .describe('the JSON of the request; {{text}} and {{category}} are filled in within its strings'),
  }),

  async create(options, services) {
    const http = await createHttpService(options, options.request, ['text', 'category'], services);
    return {
      name: services.judgeName,
      subject: 'prompt',
      batchSize: 1,
      concurrency: options.concurrency,
      dependsOnCategory: placesIn(options.request).includes('category'),
      endpoint: http.endpoint,
      judge: (subjects, call) =>
        judgeEach(subjects, async ({ text, category }) =>
          isEmptyText(text) ? EMPTY_TEXT : http.ask({ text: text.toWellFormed(), category }, call),
        ),
    };
  },
});
