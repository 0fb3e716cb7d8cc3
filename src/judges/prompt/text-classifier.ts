import { classifierOptionsSchema } from '../classifiers/classifier-options.ts';
import { createTextClassifier } from '../classifiers/text-classifier-judge.ts';
import { definePromptJudge } from '../judge-definition.ts';

/**
 * Any text classifier by configuration alone.
 *
 * @example
 * ```yaml
 * judges:
 *   prompt: [{ name: my-judge, model: org/repo, safeLabels: [normal] }]
 * ```
 */
export const textClassifier = definePromptJudge({
  name: 'text-classifier',
  description: 'any text classifier of the Hugging Face Hub or of a folder, as ONNX, in process',
  facts: {
    goodFor: 'a classifier of your own choice: model, and safeLabels or unsafeLabels',
    weaknesses: 'those of the model; a text that is too long is judged by its beginning',
  },
  optionsSchema: classifierOptionsSchema,
  create: createTextClassifier,
});
