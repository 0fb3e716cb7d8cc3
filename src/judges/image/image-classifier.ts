import { classifierOptionsSchema } from '../classifiers/classifier-options.ts';
import { createImageClassifier } from '../classifiers/image-classifier-judge.ts';
import { defineImageJudge } from '../judge-definition.ts';

/**
 * Any image classifier by configuration alone.
 *
 * @example
 * ```yaml
 * judges:
 *   image: [{ name: my-judge, model: org/repo, unsafeLabels: [gore], threshold: 0.3 }]
 * ```
 */
export const imageClassifier = defineImageJudge({
  name: 'image-classifier',
  description: 'any image classifier of the Hugging Face Hub or of a folder, as ONNX, in process',
  facts: {
    goodFor: 'a classifier of your own choice: model, and safeLabels or unsafeLabels',
    weaknesses: 'those of the model',
  },
  optionsSchema: classifierOptionsSchema,
  create: createImageClassifier,
});
