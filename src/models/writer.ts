import { cleanPrompt, isSamePrompt } from './clean-up.ts';
import { type Asked, askUntilUsable } from './clean-up-answer.ts';
import { fillTemplate, type WriterTemplates } from './prompt-template.ts';
import type { Writer } from './types.ts';

/** Tokens of a Writer's answer where the configuration does not say; the published code's number. */
const MAX_OUTPUT_TOKENS = 256;

/** What a {@link createWriter | Writer} is made from. */
export interface WriterOptions extends Asked {
  readonly templates: WriterTemplates;
}

/**
 * Makes a Writer of a language model: fills in the template, asks, cleans the answer up, and asks
 * again with another seed where it is empty, a refusal or the current prompt.
 */
export function createWriter({ templates, ...asked }: WriterOptions): Writer {
  return {
    async rewrite({ prompt, instruction, category, seed }) {
      const text = fillTemplate(instruction === undefined ? templates.initial : templates.rewrite, {
        prompt,
        category: category.name,
        keywords: category.keywords.join(', '),
        ...(instruction === undefined ? {} : { instruction }),
      });
      return askUntilUsable(asked, {
        who: 'the Writer',
        text,
        seed,
        maxOutputTokens: MAX_OUTPUT_TOKENS,
        clean: cleanPrompt,
        objection: (answer) => (isSamePrompt(answer, prompt) ? 'unchanged' : undefined),
      });
    },
  };
}
