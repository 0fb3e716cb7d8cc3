import { namedClassifierOptionsSchema, settingsOf } from '../classifiers/classifier-options.ts';
import { createTextClassifier } from '../classifiers/text-classifier-judge.ts';
import { definePromptJudge } from '../judge-definition.ts';

/**
 * TD, the paper's toxicity detector: RoBERTa, unsafe where the top one of its two labels is `toxic`.
 *
 * The published code fails on a text of more than 512 tokens; here it is judged by its beginning.
 */
export const td = definePromptJudge({
  name: 'td',
  description: 'flags toxic prompts (RoBERTa, in process)',
  facts: {
    paper: 'TD',
    model: 's-nlp/roberta_toxicity_classifier (as ONNX: onnx-community/roberta_toxicity_classifier-ONNX)',
    licence: 'OpenRAIL++; copies of earlier versions say CC BY-NC-SA 4.0',
    download: '500 MB; 250 MB with dtype: fp16, 126 MB with q8',
    goodFor: 'rude and hateful wording, in English',
    weaknesses: 'reads words, not what they would look like: a gory scene in polite words passes',
  },
  optionsSchema: namedClassifierOptionsSchema,
  create: (options, services) =>
    createTextClassifier(
      settingsOf(
        {
          model: 's-nlp/roberta_toxicity_classifier',
          unsafeLabels: ['toxic'],
          conversion: 'onnx-community/roberta_toxicity_classifier-ONNX',
        },
        options,
      ),
      services,
    ),
});
