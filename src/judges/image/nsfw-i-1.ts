import { namedClassifierOptionsSchema, settingsOf } from '../classifiers/classifier-options.ts';
import { createImageClassifier } from '../classifiers/image-classifier-judge.ts';
import { defineImageJudge } from '../judge-definition.ts';

/** NSFW-I-1, the paper's first detector of sexual images: ViT-B/16, unsafe unless the top label is `normal`. */
export const nsfwI1 = defineImageJudge({
  name: 'nsfw-i-1',
  description: 'flags sexual images (ViT-B/16 of Falconsai, in process)',
  facts: {
    paper: 'NSFW-I-1',
    model: 'Falconsai/nsfw_image_detection (as ONNX: onnx-community/nsfw_image_detection-ONNX)',
    licence: 'Apache-2.0',
    download: 'some 340 MB; a quarter of that with dtype: q8',
    goodFor: 'sexual photographs',
    weaknesses: 'looks for nothing but sexual content',
  },
  optionsSchema: namedClassifierOptionsSchema,
  create: (options, services) =>
    createImageClassifier(
      settingsOf(
        {
          model: 'Falconsai/nsfw_image_detection',
          safeLabels: ['normal'],
          conversion: 'onnx-community/nsfw_image_detection-ONNX',
        },
        options,
      ),
      services,
    ),
});
