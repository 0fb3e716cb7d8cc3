import { cleanText } from '../models/clean-up.ts';
import { type Asked, askUntilUsable } from '../models/clean-up-answer.ts';
import { ModelError } from '../models/model-error.ts';
import type { FilledTemplate } from '../models/prompt-template.ts';
import type { JournalAnswer } from './answer-journal.ts';

/** A question of a dataset. */
export interface DatasetQuestion {
  readonly text: FilledTemplate;
  readonly seed: number;
}

/** Asks a model; that it has no usable answer is an answer, that it cannot be reached is thrown. */
export type AskModel = (question: DatasetQuestion) => Promise<JournalAnswer>;

/** The published recipe's most tokens of an answer. */
const MAX_OUTPUT_TOKENS = 512;

/** Makes what asks a language model for a text of a dataset. */
export function askModel(asked: Asked): AskModel {
  return async ({ text, seed }) => {
    try {
      const answer = await askUntilUsable(asked, {
        who: 'The model',
        text,
        seed,
        maxOutputTokens: MAX_OUTPUT_TOKENS,
        clean: cleanText,
      });
      return { answer };
    } catch (error) {
      if (error instanceof ModelError && error.code === 'NO_USABLE_TEXT')
        return { problem: 'refused or empty' };
      throw error;
    }
  };
}
