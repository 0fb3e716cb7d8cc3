import { namedClassifierOptionsSchema, settingsOf } from '../classifiers/classifier-options.ts';
import { createImageClassifier } from '../classifiers/image-classifier-judge.ts';
import { defineImageJudge } from '../judge-definition.ts';

/** NSFW-I-2, the paper's second detector of sexual images: a ViT, unsafe unless the top label is `safe`. */
export const nsfwI2 = defineImageJudge({
  name: 'nsfw-i-2',
  description: 'flags sexual images (ViT of sanali209, in process)',
  facts: {
    paper: 'NSFW-I-2',
    model: 'sanali209/nsfwfilter',
    needs: 'export once',
    goodFor: 'a second opinion on sexual images',
    weaknesses:
      'its repository has no ONNX file: export it once (343 MB); it has been trained anew since the paper, so pin a revision to compare',
  },
  optionsSchema: namedClassifierOptionsSchema,
  create: (options, services) =>
    createImageClassifier(
      settingsOf({ model: 'sanali209/nsfwfilter', safeLabels: ['safe'] }, options),
      services,
    ),
});
