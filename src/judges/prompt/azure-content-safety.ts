import { z } from 'zod';
import { definePromptJudge } from '../judge-definition.ts';
import {
  azureContentSafetyShape,
  createAzureContentSafety,
  judgementOf,
} from '../remote/azure-content-safety.ts';
import { EMPTY_TEXT, isEmptyText, judgeEach } from '../remote/judge-each.ts';

/** The longest text of one request, in Unicode code points. */
const LONGEST_TEXT = 10_000;

/**
 * The `azure-content-safety` judge of prompts. Severities run from 0 to 6 in steps of two, or from 0
 * to 7 with `levels: 8`; the score is the highest of them / 6 or / 7, the label its category. A text over
 * 10,000 characters is judged in parts, and the highest severities count.
 */
export const promptAzureContentSafety = definePromptJudge({
  name: 'azure-content-safety',
  description: 'asks Azure AI Content Safety',
  facts: {
    model: 'Azure AI Content Safety, text:analyze 2024-09-01',
    licence: "a service: Microsoft's terms",
    goodFor: 'hate, self-harm, sexual and violent wording, with a severity for each',
    weaknesses: 'four categories only; a part of a long text is judged without its context',
  },
  optionsSchema: z.strictObject({
    ...azureContentSafetyShape,
    levels: z
      .union([z.literal(4), z.literal(8)])
      .default(4)
      .describe('of the scale: 4 (severities 0, 2, 4, 6) or 8 (0 to 7)'),
  }),

  async create(options, services) {
    const azure = await createAzureContentSafety(options, services);
    const outputType = options.levels === 8 ? 'EightSeverityLevels' : 'FourSeverityLevels';
    return {
      name: services.judgeName,
      subject: 'prompt',
      batchSize: 1,
      concurrency: options.concurrency,
      endpoint: azure.endpoint,
      judge: (subjects, call) =>
        judgeEach(subjects, async ({ text }) => {
          const parts = splitText(text.toWellFormed(), LONGEST_TEXT).filter((part) => !isEmptyText(part));
          if (parts.length === 0) return EMPTY_TEXT;
          const highest = new Map<string, number>();
          for (const part of parts) {
            for (const [category, severity] of await azure.analyze(
              'text',
              { text: part, outputType },
              call,
            )) {
              highest.set(category, Math.max(severity, highest.get(category) ?? 0));
            }
          }
          const notes = parts.length > 1 ? [`judged in ${parts.length} parts`] : [];
          return judgementOf(highest, options, options.levels, notes);
        }),
    };
  },
});

/**
 * Cuts a text into parts, at a space where there is one in the last tenth of a part.
 *
 * @param longest the most code points of a part
 */
export function splitText(text: string, longest: number): string[] {
  const characters = [...text];
  const parts: string[] = [];
  for (let start = 0; start < characters.length; ) {
    let end = Math.min(characters.length, start + longest);
    if (end < characters.length) {
      const space = characters.lastIndexOf(' ', end - 1);
      if (space > start + longest * 0.9) end = space + 1;
    }
    parts.push(characters.slice(start, end).join(''));
    start = end;
  }
  return parts;
}
