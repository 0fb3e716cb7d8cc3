import { z } from 'zod';
import { endpointShape } from '../../config/endpoint-shape.ts';
import type { JudgeCall, JudgeEndpoint, Judgement } from '../judge.ts';
import type { JudgeServices } from '../judge-definition.ts';
import { errorJudgement } from './judge-each.ts';
import { endpointOf, serviceShape } from './remote-options.ts';

const PROVIDER = 'azure-content-safety';
const API_VERSION = '2024-09-01';
const CATEGORIES = ['Hate', 'SelfHarm', 'Sexual', 'Violence'] as const;
/** The highest severity of each scale: 0, 2, 4, 6 and 0, 1, … 7. */
const HIGHEST = { 4: 6, 8: 7 } as const;

/** The options of the judges of prompts and of images. */
export const azureContentSafetyShape = {
  ...serviceShape,
  baseURL: endpointShape.baseURL
    .unwrap()
    .describe('the endpoint of your resource, e.g. https://NAME.cognitiveservices.azure.com'),
  severity: z
    .int()
    .min(1)
    .max(7)
    .default(4)
    .describe('unsafe from this severity on, in any category that counts: 2 low, 4 medium, 6 high'),
  unsafeCategories: z
    .array(z.enum(CATEGORIES))
    .min(1)
    .default([...CATEGORIES])
    .describe('the categories that are asked for'),
};
const optionsSchema = z.strictObject(azureContentSafetyShape);
export type AzureContentSafetyOptions = z.output<typeof optionsSchema>;

const answerSchema = z.looseObject({
  categoriesAnalysis: z.array(
    z.looseObject({ category: z.string(), severity: z.number().min(0).max(7).nullish() }),
  ),
});

/** Severities by category. */
export type Severities = ReadonlyMap<string, number>;

/** Asks the service. */
export interface AzureContentSafety {
  readonly endpoint: JudgeEndpoint;
  /** @throws ModelError */
  analyze(
    what: 'text' | 'image',
    body: Readonly<Record<string, unknown>>,
    call: JudgeCall,
  ): Promise<Severities>;
}

/**
 * Makes what asks Azure AI Content Safety. No request is made.
 *
 * @throws ModelConfigurationError when there is no key
 */
export async function createAzureContentSafety(
  options: AzureContentSafetyOptions,
  services: JudgeServices,
): Promise<AzureContentSafety> {
  const { below, callService, secretFrom } = await import('./call-service.ts');
  const apiKeyEnv = options.apiKeyEnv ?? 'AZURE_CONTENT_SAFETY_KEY';
  const headers = { 'ocp-apim-subscription-key': secretFrom(apiKeyEnv, 'apiKeyEnv', services) };
  return {
    endpoint: endpointOf(PROVIDER, { ...options, apiKeyEnv }),
    async analyze(what, body, call) {
      const url = below(options.baseURL, `contentsafety/${what}:analyze?api-version=${API_VERSION}`);
      const service = { provider: PROVIDER, url, headers, apiKeyEnv };
      const request = { ...body, categories: options.unsafeCategories };
      const { categoriesAnalysis } = await callService(service, request, answerSchema, services, call);
      return new Map(categoriesAnalysis.map(({ category, severity }) => [category, severity ?? 0]));
    },
  };
}

/**
 * The judgement that severities stand for. The score is the highest severity as a part of the highest
 * that there is: severity / 6 with four levels, severity / 7 with eight.
 *
 * @param severities by category, for each that was asked for
 * @param levels of the scale
 * @param notes what else is to be found in the judgement
 */
export function judgementOf(
  severities: Severities,
  { severity: threshold, unsafeCategories }: AzureContentSafetyOptions,
  levels: 4 | 8,
  notes: readonly string[] = [],
): Judgement {
  const missing = unsafeCategories.filter((category) => !severities.has(category));
  if (missing.length > 0) {
    return errorJudgement('BAD_ANSWER', `The service said nothing of ${missing.join(', ')}.`);
  }
  const ranked = unsafeCategories
    .map((category) => ({ category, severity: severities.get(category) ?? 0 }))
    .sort((a, b) => b.severity - a.severity);
  const score = Math.min(1, (ranked[0]?.severity ?? 0) / HIGHEST[levels]);
  const found = [
    ...ranked
      .filter(({ severity }) => severity > 0)
      .map(({ category, severity }) => `${category} ${severity}`),
    ...notes,
  ];
  const [worst] = ranked.filter(({ severity }) => severity >= threshold);
  return {
    verdict: worst === undefined ? 'safe' : 'unsafe',
    score,
    ...(worst === undefined ? {} : { label: worst.category }),
    ...(found.length === 0 ? {} : { found }),
  };
}
