import { z } from 'zod';
import {
  type Answer,
  isAnswer,
  type RecordedRequest,
  type RunningServer,
  type ServerOptions,
  startHttpServer,
} from './http-server.ts';

/** What is to be moderated: a text, or the bytes of an image. */
export type Moderated = string | Uint8Array;

/** How {@link startModerationServer} behaves; a whole {@link Answer} is sent as it is. */
export interface ModerationServerOptions extends ServerOptions {
  /** OpenAI: scores by category; from 0.5 on a category is flagged. */
  readonly openai?: (input: Moderated) => Readonly<Record<string, number>> | Answer;
  /** Azure: severities by category. */
  readonly azure?: (input: Moderated) => Readonly<Record<string, number>> | Answer;
  /** Google: likelihoods by feature, or the error of this image. */
  readonly google?: (
    input: Uint8Array,
  ) => Readonly<Record<string, string>> | { code: number; message: string } | Answer;
  /** The key that is asked for. */
  readonly apiKey?: string;
}

const openaiSchema = z.strictObject({
  model: z.string(),
  input: z
    .array(
      z.union([
        z.string(),
        z.strictObject({ type: z.literal('image_url'), image_url: z.strictObject({ url: z.string() }) }),
      ]),
    )
    .min(1),
});
const azureCategories = z.array(z.enum(['Hate', 'SelfHarm', 'Sexual', 'Violence'])).optional();
const azureTextSchema = z.strictObject({
  text: z.string().min(1),
  categories: azureCategories,
  outputType: z.enum(['FourSeverityLevels', 'EightSeverityLevels']).optional(),
});
const azureImageSchema = z.strictObject({
  image: z.strictObject({ content: z.base64() }),
  categories: azureCategories,
  outputType: z.literal('FourSeverityLevels').optional(),
});
const googleSchema = z.strictObject({
  requests: z.tuple([
    z.strictObject({
      image: z.strictObject({ content: z.base64() }),
      features: z.tuple([z.strictObject({ type: z.literal('SAFE_SEARCH_DETECTION') })]),
    }),
  ]),
});

/**
 * Starts a server that speaks as OpenAI's moderations (`${url}/v1`), Azure AI Content Safety and Google
 * Cloud Vision's SafeSearch do, with their limits and their words for what is wrong.
 */
export function startModerationServer(options: ModerationServerOptions = {}): Promise<RunningServer> {
  const { apiKey } = options;
  return startHttpServer((request) => {
    if (apiKey !== undefined && !carries(request, apiKey)) return refusal(request);
    if (request.path === '/v1/moderations') return answerOpenai(request, options);
    if (request.path === '/contentsafety/text:analyze') return answerAzure(request, options, 'text');
    if (request.path === '/contentsafety/image:analyze') return answerAzure(request, options, 'image');
    if (request.path === '/v1/images:annotate') return answerGoogle(request, options);
    return { status: 404, body: { error: { message: 'Not Found' } } };
  }, options);
}

function carries({ headers }: RecordedRequest, apiKey: string): boolean {
  return [
    headers.authorization === `Bearer ${apiKey}`,
    headers['ocp-apim-subscription-key'] === apiKey,
    headers['x-goog-api-key'] === apiKey,
  ].includes(true);
}

/** Each service shows what it was given, as real ones do. */
function refusal({ headers }: RecordedRequest): Answer {
  const given = headers.authorization ?? headers['ocp-apim-subscription-key'] ?? headers['x-goog-api-key'];
  return { status: 401, body: { error: { code: '401', message: `Wrong key provided: ${String(given)}` } } };
}

function answerOpenai({ body }: RecordedRequest, { openai = () => ({}) }: ModerationServerOptions): Answer {
  const parsed = openaiSchema.safeParse(body);
  if (!parsed.success) return { status: 400, body: { error: { message: z.prettifyError(parsed.error) } } };
  const results = [];
  for (const input of parsed.data.input) {
    const scores = openai(typeof input === 'string' ? input : bytesOf(input.image_url.url));
    if (isAnswer(scores)) return scores;
    const categories = Object.fromEntries(
      Object.entries(scores).map(([name, score]) => [name, score >= 0.5]),
    );
    const flagged = Object.values(categories).includes(true);
    results.push({ flagged, categories, category_scores: scores, category_applied_input_types: {} });
  }
  return { body: { id: 'modr-1', model: 'omni-moderation-2024-09-26', results } };
}

function answerAzure(
  { body, query }: RecordedRequest,
  { azure = () => ({}) }: ModerationServerOptions,
  kind: 'text' | 'image',
): Answer {
  const invalid = (message: string) => ({
    status: 400,
    body: { error: { code: 'InvalidRequestBody', message } },
  });
  if (query.get('api-version') !== '2024-09-01') return invalid('The api-version is not supported.');
  const parsed = kind === 'text' ? azureTextSchema.safeParse(body) : azureImageSchema.safeParse(body);
  if (!parsed.success) return invalid(z.prettifyError(parsed.error));
  const input = 'text' in parsed.data ? parsed.data.text : bytesOf(parsed.data.image.content);
  if (typeof input === 'string' && [...input].length > 10_000) return invalid('The text is too long.');
  if (typeof input !== 'string' && input.byteLength > 4 * 1024 * 1024)
    return invalid('The image is too large.');
  const severities = azure(input);
  if (isAnswer(severities)) return severities;
  const categories = parsed.data.categories ?? ['Hate', 'SelfHarm', 'Sexual', 'Violence'];
  const categoriesAnalysis = categories.map((category) => ({
    category,
    severity: severities[category] ?? 0,
  }));
  return { body: { blocklistsMatch: [], categoriesAnalysis } };
}

function answerGoogle({ body }: RecordedRequest, { google = () => ({}) }: ModerationServerOptions): Answer {
  const parsed = googleSchema.safeParse(body);
  if (!parsed.success) {
    const message = z.prettifyError(parsed.error);
    return { status: 400, body: { error: { code: 400, message, status: 'INVALID_ARGUMENT' } } };
  }
  const likelihoods = google(bytesOf(parsed.data.requests[0].image.content));
  if (isAnswer(likelihoods)) return likelihoods;
  if ('code' in likelihoods) return { body: { responses: [{ error: likelihoods }] } };
  const unlikely = { adult: 'VERY_UNLIKELY', spoof: 'VERY_UNLIKELY', medical: 'VERY_UNLIKELY' };
  const safeSearchAnnotation = {
    ...unlikely,
    violence: 'VERY_UNLIKELY',
    racy: 'VERY_UNLIKELY',
    ...likelihoods,
  };
  return { body: { responses: [{ safeSearchAnnotation }] } };
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64.replace(/^data:[^,]*,/, ''), 'base64'));
}
