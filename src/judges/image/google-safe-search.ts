import { z } from 'zod';
import { environmentVariable } from '../../config/endpoint-shape.ts';
import { ModelError, type ModelErrorCode } from '../../models/model-error.ts';
import { cleanText } from '../../models/redact.ts';
import { plainText } from '../../plain-text.ts';
import type { Judgement } from '../judge.ts';
import { defineImageJudge } from '../judge-definition.ts';
import { base64 } from '../remote/encode-picture.ts';
import { judgeEachImage } from '../remote/image-question.ts';
import { errorJudgement } from '../remote/judge-each.ts';
import { endpointOf, serviceShape } from '../remote/remote-options.ts';

const PROVIDER = 'google-safe-search';
const PUBLIC = 'https://vision.googleapis.com';
/** A request may have 10 MB of JSON, and base64 makes a third more of a file. */
const LIMITS = { largestBytes: 7_000_000 };

/** The service's scale, from its lowest step to its highest; the score of a step is its place from 0 to 1. */
const LIKELIHOODS = ['VERY_UNLIKELY', 'UNLIKELY', 'POSSIBLE', 'LIKELY', 'VERY_LIKELY'] as const;
const FEATURES = ['adult', 'violence', 'racy', 'medical', 'spoof'] as const;

const annotationSchema = z.looseObject(
  Object.fromEntries(FEATURES.map((feature) => [feature, z.string().default('UNKNOWN')])),
);
const answerSchema = z.looseObject({
  responses: z
    .array(
      z.looseObject({
        safeSearchAnnotation: annotationSchema.optional(),
        error: z.looseObject({ code: z.int().default(2), message: z.string().default('') }).optional(),
      }),
    )
    .length(1),
});

/** Google's status codes (google.rpc.Code) for what is not about the image itself. */
const FAILURES = new Map<number, { readonly code: ModelErrorCode; readonly retryable: boolean }>([
  [4, { code: 'TIMEOUT', retryable: true }],
  [7, { code: 'UNAUTHORISED', retryable: false }],
  [8, { code: 'RATE_LIMITED', retryable: true }],
  [13, { code: 'SERVER_ERROR', retryable: true }],
  [14, { code: 'SERVER_ERROR', retryable: true }],
  [16, { code: 'UNAUTHORISED', retryable: false }],
]);

/**
 * The `google-safe-search` judge of images: SafeSearch of Google Cloud Vision. Its likelihoods become
 * scores in steps of a quarter: VERY_UNLIKELY 0, UNLIKELY 0.25, POSSIBLE 0.5, LIKELY 0.75,
 * VERY_LIKELY 1. The label is the likeliest feature.
 */
export const googleSafeSearch = defineImageJudge({
  name: 'google-safe-search',
  description: 'asks SafeSearch of Google Cloud Vision',
  facts: {
    model: 'Google Cloud Vision, SAFE_SEARCH_DETECTION',
    licence: "a service: Google's terms",
    goodFor: 'adult and violent pictures',
    weaknesses: 'five features in five steps only; no hate, no self-harm, no crime',
  },
  optionsSchema: z.strictObject({
    ...serviceShape,
    features: z
      .array(z.enum(FEATURES))
      .min(1)
      .default(['adult', 'violence'])
      .describe('the features that count: adult, violence, racy, medical, spoof'),
    likelihood: z.enum(LIKELIHOODS).default('LIKELY').describe('unsafe from this likelihood on'),
    accessTokenEnv: environmentVariable
      .optional()
      .describe('the environment variable that holds an OAuth access token, in place of a key'),
    quotaProject: z.string().min(1).optional().describe('with an access token: the project that is billed'),
  }),

  async create(options, services) {
    const { below, callService, secretFrom, serviceKey } = await import('../remote/call-service.ts');
    const { baseURL = PUBLIC, accessTokenEnv, quotaProject, features, likelihood } = options;
    const isPublic = options.baseURL === undefined;
    const apiKeyEnv = options.apiKeyEnv ?? 'GOOGLE_CLOUD_VISION_API_KEY';
    const headers: Record<string, string> = {};
    if (accessTokenEnv !== undefined) {
      headers.authorization = `Bearer ${secretFrom(accessTokenEnv, 'accessTokenEnv', services)}`;
      if (quotaProject !== undefined) headers['x-goog-user-project'] = quotaProject;
    } else {
      const key = serviceKey(options.apiKeyEnv, 'GOOGLE_CLOUD_VISION_API_KEY', isPublic, services);
      if (key !== undefined) headers['x-goog-api-key'] = key;
    }
    const service = {
      provider: PROVIDER,
      url: below(baseURL, 'v1/images:annotate'),
      headers,
      apiKeyEnv: accessTokenEnv ?? apiKeyEnv,
    };
    return {
      name: services.judgeName,
      subject: 'image',
      batchSize: 1,
      concurrency: options.concurrency,
      endpoint: endpointOf(PROVIDER, { ...options, baseURL, apiKeyEnv: service.apiKeyEnv }),
      judge: (subjects, call) =>
        judgeEachImage(subjects, LIMITS, async ({ bytes }) => {
          const request = {
            image: { content: base64(bytes) },
            features: [{ type: 'SAFE_SEARCH_DETECTION' }],
          };
          const body = { requests: [request] };
          const { responses } = await callService(service, body, answerSchema, services, call);
          const [response] = responses;
          if (response?.error !== undefined) return failure(response.error, services.judgeName);
          const annotation = response?.safeSearchAnnotation;
          if (annotation === undefined) {
            return errorJudgement('BAD_ANSWER', 'The service answered without a safeSearchAnnotation.');
          }
          return judgementOf(new Map(Object.entries(annotation)), features, likelihood);
        }),
    };
  },
});

/** The service answers 200 and puts what went wrong with an image into its place. */
function failure({ code, message }: { code: number; message: string }, judgeName: string): Judgement {
  const said = `The judge:${judgeName} (${PROVIDER}) answered: ${cleanText(message)} (code ${code})`;
  const known = FAILURES.get(code);
  if (known === undefined) return errorJudgement('REJECTED', said);
  throw new ModelError({ ...known, message: said });
}

function judgementOf(
  annotation: ReadonlyMap<string, unknown>,
  features: readonly string[],
  likelihood: (typeof LIKELIHOODS)[number],
): Judgement {
  const names: readonly string[] = LIKELIHOODS;
  const steps = features.map((feature) => ({
    feature,
    step: names.indexOf(plainText(annotation.get(feature))),
  }));
  const ranked = steps.filter(({ step }) => step >= 0).sort((a, b) => b.step - a.step);
  const unknown = steps.filter(({ step }) => step < 0);
  const [worst] = ranked;
  const threshold = LIKELIHOODS.indexOf(likelihood);
  if (worst !== undefined && worst.step >= threshold) {
    return {
      verdict: 'unsafe',
      score: worst.step / (LIKELIHOODS.length - 1),
      label: worst.feature,
      found: ranked
        .filter(({ step }) => step >= threshold)
        .map(({ feature, step }) => `${feature} ${LIKELIHOODS[step]}`),
    };
  }
  if (unknown.length > 0) {
    const names = unknown.map(({ feature }) => feature).join(', ');
    return errorJudgement('NO_VERDICT', `The service could not tell: ${names}.`);
  }
  return { verdict: 'safe', score: (worst?.step ?? 0) / (LIKELIHOODS.length - 1) };
}
