import { z } from 'zod';
import { defineImageJudge } from '../judge-definition.ts';
import { base64, dataUrl } from '../remote/encode-picture.ts';
import { createHttpService, httpShape, requestSchema } from '../remote/http.ts';
import { judgeEachImage } from '../remote/image-question.ts';
import { placesIn } from '../remote/request-template.ts';

/**
 * The `http` judge of images: any HTTP endpoint that answers with JSON. The template of the request
 * has the places `{{image}}` (base64), `{{imageDataUrl}}` and `{{category}}`, or the image is sent as it is; a
 * JSONPath says where in the answer the score, the label or the verdict is.
 */
export const imageHttp = defineImageJudge({
  name: 'http',
  description: 'asks any HTTP endpoint: a request template, and the JSONPath of the score',
  facts: {
    goodFor: 'a classifier of your own behind a server',
    weaknesses: 'those of the server',
  },
  optionsSchema: z.strictObject({
    ...httpShape,
    body: z
      .enum(['json', 'image'])
      .default('json')
      .describe('json: the template; image: the bytes of the PNG or JPEG alone'),
    request: requestSchema
      .default({ image: '{{image}}' })
      .describe(
        'the JSON of the request; {{image}}, {{imageDataUrl}} and {{category}} are filled in within its strings',
      ),
  }),

  async create(options, services) {
    const { body, request } = options;
    const http = await createHttpService(options, request, ['image', 'imageDataUrl', 'category'], services);
    const places = new Set(placesIn(request));
    return {
      name: services.judgeName,
      subject: 'image',
      batchSize: 1,
      concurrency: options.concurrency,
      dependsOnCategory: body === 'json' && places.has('category'),
      endpoint: http.endpoint,
      judge: (subjects, call) =>
        judgeEachImage(subjects, {}, async (image, { category }) => {
          if (body === 'image') return http.askWithImage(image, call);
          const values = {
            category,
            ...(places.has('image') ? { image: base64(image.bytes) } : {}),
            ...(places.has('imageDataUrl') ? { imageDataUrl: dataUrl(image) } : {}),
          };
          return http.ask(values, call);
        }),
    };
  },
});
