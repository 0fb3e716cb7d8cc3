import { z } from 'zod';
import { defineImageJudge } from '../judge-definition.ts';
import {
  azureContentSafetyShape,
  createAzureContentSafety,
  judgementOf,
} from '../remote/azure-content-safety.ts';
import { base64 } from '../remote/encode-picture.ts';
import { judgeEachImage } from '../remote/image-question.ts';

/** What the service takes: 4 MB, 50 to 7200 pixels a side. */
const LIMITS = { largestBytes: 4_000_000, smallestSide: 50, largestSide: 7200 };

/**
 * The `azure-content-safety` judge of images. Severities are 0, 2, 4 or 6; the score is the highest of
 * them / 6, the label its category.
 */
export const imageAzureContentSafety = defineImageJudge({
  name: 'azure-content-safety',
  description: 'asks Azure AI Content Safety',
  facts: {
    model: 'Azure AI Content Safety, image:analyze 2024-09-01',
    licence: "a service: Microsoft's terms",
    goodFor: 'hate, self-harm, sexual and violent pictures, with a severity for each',
    weaknesses: 'four categories only; larger files than 4 MB are compressed before they are sent',
  },
  optionsSchema: z.strictObject(azureContentSafetyShape),

  async create(options, services) {
    const azure = await createAzureContentSafety(options, services);
    return {
      name: services.judgeName,
      subject: 'image',
      batchSize: 1,
      concurrency: options.concurrency,
      endpoint: azure.endpoint,
      judge: (subjects, call) =>
        judgeEachImage(subjects, LIMITS, async ({ bytes }) => {
          const body = { image: { content: base64(bytes) }, outputType: 'FourSeverityLevels' };
          return judgementOf(await azure.analyze('image', body, call), options, 4);
        }),
    };
  },
});
