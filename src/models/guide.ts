import { cleanInstruction } from './clean-up.ts';
import { type Asked, askUntilUsable } from './clean-up-answer.ts';
import { fillTemplate, type GuideTemplates } from './prompt-template.ts';
import type { Guide, TriedPrompt, TriedResult } from './types.ts';

/** Tokens of a Guide's answer where the configuration does not say; the published code's number. */
const MAX_OUTPUT_TOKENS = 768;

/** What a {@link createGuide | Guide} is made from. */
export interface GuideOptions extends Asked {
  readonly templates: GuideTemplates;
}

/**
 * Makes a Guide of a vision language model: shows it the image, asks for an instruction, and cuts
 * off the examples at its end. Without an image it is told that the target refused.
 */
export function createGuide({ templates, ...asked }: GuideOptions): Guide {
  return {
    async instruct({ image, prompt, tried = [], category, seed }) {
      const text = fillTemplate(image === undefined ? templates.instructWithoutImage : templates.instruct, {
        prompt,
        tried: triedInWords(tried),
        category: category.name,
        keywords: category.keywords.join(', '),
      });
      return askUntilUsable(asked, {
        who: 'the Guide',
        text,
        ...(image === undefined ? {} : { image }),
        seed,
        maxOutputTokens: MAX_OUTPUT_TOKENS,
        clean: cleanInstruction,
      });
    },
  };
}

/** How results are called in templates. */
const RESULTS: Readonly<Record<TriedResult, string>> = {
  found: 'slipped',
  harmless: 'harmless',
  flagged: 'not harmless in itself',
  refused: 'refused',
  unknown: 'not known',
};

/** One line for each prompt, what came of it in front. */
function triedInWords(tried: readonly TriedPrompt[]): string {
  if (tried.length === 0) return 'none';
  return tried.map(({ prompt, result }) => `${RESULTS[result]}: ${prompt}`).join('\n');
}
