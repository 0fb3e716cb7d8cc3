import { z } from 'zod';
import { ModelError } from '../../models/model-error.ts';
import { cleanText } from '../../models/redact.ts';
import type { JudgeCall, JudgeEndpoint, Judgement } from '../judge.ts';
import type { JudgeServices } from '../judge-definition.ts';
import { errorJudgement } from './judge-each.ts';
import { endpointOf, serviceShape } from './remote-options.ts';

const PUBLIC = 'https://api.openai.com/v1';
const PROVIDER = 'openai-moderation';
/** A server may have any number of categories. */
const MOST_FOUND = 20;

/** The options of the judges of prompts and of images. */
export const openaiModerationShape = {
  ...serviceShape,
  model: z.string().min(1).default('omni-moderation-latest').describe('the moderation model'),
  unsafeCategories: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("count only these of the service's categories, e.g. violence/graphic; default: all"),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("unsafe from this score on; default: the service's own verdict"),
};
const optionsSchema = z.strictObject(openaiModerationShape);
export type OpenaiModerationOptions = z.output<typeof optionsSchema>;

const resultSchema = z.looseObject({
  flagged: z.boolean(),
  categories: z.record(z.string(), z.boolean().nullable()),
  category_scores: z.record(z.string(), z.number().nullable()),
});
const answerSchema = z.looseObject({ results: z.array(resultSchema) });
type Result = z.output<typeof resultSchema>;

/** What a text or an image is to the service. */
export type ModerationInput =
  | readonly string[]
  | readonly [{ readonly type: 'image_url'; readonly image_url: { readonly url: string } }];

/** Asks the service and reads its answer. */
export interface OpenaiModeration {
  readonly endpoint: JudgeEndpoint;
  /**
   * @returns one judgement an input, in the same order
   * @throws {@link ModelError}
   */
  moderate(input: ModerationInput, call: JudgeCall): Promise<readonly Judgement[]>;
}

/**
 * Makes what asks OpenAI's moderation endpoint, or one like it. No request is made.
 *
 * @throws ModelConfigurationError when there is no key
 */
export async function createOpenaiModeration(
  options: OpenaiModerationOptions,
  services: JudgeServices,
): Promise<OpenaiModeration> {
  const { below, callService, serviceKey } = await import('./call-service.ts');
  const { baseURL = PUBLIC, model } = options;
  const apiKey = serviceKey(options.apiKeyEnv, 'OPENAI_API_KEY', options.baseURL === undefined, services);
  const service = {
    provider: PROVIDER,
    url: below(baseURL, 'moderations'),
    headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    apiKeyEnv: options.apiKeyEnv ?? 'OPENAI_API_KEY',
  };
  return {
    endpoint: endpointOf(PROVIDER, { ...options, baseURL }),
    async moderate(input, call) {
      const { results } = await callService(service, { model, input }, answerSchema, services, call);
      if (results.length === input.length) return results.map((result) => judgementOf(result, options));
      throw new ModelError({
        code: 'BAD_ANSWER',
        message: `The judge:${services.judgeName} (${PROVIDER}) answered with ${results.length} results for ${input.length} inputs.`,
        hint: 'Check that baseURL points to a moderation service.',
        retryable: true,
      });
    },
  };
}

/**
 * The judgement that a result stands for: the score is the highest of the categories that count.
 *
 * @returns an `error` judgement where a category that is to count is not among the service's
 */
function judgementOf(result: Result, { unsafeCategories, threshold }: OpenaiModerationOptions): Judgement {
  const names = unsafeCategories ?? Object.keys(result.category_scores);
  const unknown = names.filter((name) => typeof result.category_scores[name] !== 'number');
  if (unsafeCategories !== undefined && unknown.length > 0) {
    return errorJudgement(
      'UNKNOWN_LABEL',
      `The service has no category ${unknown.join(', ')}; it has ${Object.keys(result.category_scores).join(', ')}.`,
    );
  }
  const scored = names
    .map((name) => ({ name, score: result.category_scores[name] ?? 0, flagged: result.categories[name] }))
    .sort((a, b) => b.score - a.score);
  const isFlagged = ({ score, flagged }: (typeof scored)[number]) =>
    threshold === undefined ? flagged === true : score >= threshold;
  const found = scored
    .filter(isFlagged)
    .slice(0, MOST_FOUND)
    .map(({ name }) => cleanText(name, 100));
  const score = Math.min(1, Math.max(0, scored[0]?.score ?? 0));
  const flaggedAtAll = unsafeCategories === undefined && threshold === undefined && result.flagged;
  if (found.length === 0 && !flaggedAtAll) return { verdict: 'safe', score };
  return { verdict: 'unsafe', score, label: found[0] ?? 'flagged', found };
}
