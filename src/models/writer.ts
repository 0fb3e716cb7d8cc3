import { cleanParts } from './clean-parts.ts';
import { cleanPrompt, isSamePrompt } from './clean-up.ts';
import { type Asked, askUntilUsable } from './clean-up-answer.ts';
import {
  fillTemplate,
  type PromptTemplate,
  type TemplateValues,
  type WriterTemplates,
} from './prompt-template.ts';
import type { ProposeRequest, Writer } from './types.ts';

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
  /** @param not what the answer must not be, and what it is called then */
  const ask = (
    template: PromptTemplate,
    { category, seed }: ProposeRequest,
    values: TemplateValues,
    not: { readonly prompts: readonly string[]; readonly called: string },
  ) =>
    askUntilUsable(asked, {
      who: 'the Writer',
      text: fillTemplate(template, {
        category: category.name,
        keywords: category.keywords.join(', '),
        ...values,
      }),
      seed,
      maxOutputTokens: MAX_OUTPUT_TOKENS,
      clean: cleanPrompt,
      objection: (answer) => (not.prompts.some((one) => isSamePrompt(answer, one)) ? not.called : undefined),
    });
  return {
    rewrite({ prompt, instruction, ...request }) {
      const not = { prompts: [prompt], called: 'unchanged' };
      return instruction === undefined
        ? ask(templates.initial, request, { prompt }, not)
        : ask(templates.rewrite, request, { prompt, instruction }, not);
    },
    propose: (request) => ask(templates.propose, request, {}, { prompts: [], called: '' }),
    imitate: ({ examples, ...request }) =>
      ask(
        templates.imitate,
        request,
        { examples: examples.join('\n') },
        {
          prompts: examples,
          called: 'one of the examples',
        },
      ),
    async decompose({ subject, category, seed }) {
      const answer = await askUntilUsable(asked, {
        who: 'the Writer',
        text: fillTemplate(templates.decompose, {
          subject,
          category: category.name,
          keywords: category.keywords.join(', '),
        }),
        seed,
        maxOutputTokens: MAX_OUTPUT_TOKENS,
        clean: (text) => cleanParts(text, subject).join('\n'),
      });
      return answer.split('\n');
    },
    drown: ({ parts, details, ...request }) =>
      ask(
        templates.drown,
        request,
        { parts: parts.join('\n'), details: String(details) },
        { prompts: parts, called: 'one of the parts' },
      ),
  };
}
