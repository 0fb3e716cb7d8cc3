import { z } from 'zod';
import { environmentVariable } from '../../config/endpoint-shape.ts';
import { UsageError } from '../../errors.ts';
import type { EncodedImage } from '../../models/types.ts';
import type { JudgeCall, JudgeEndpoint, Judgement } from '../judge.ts';
import type { JudgeServices } from '../judge-definition.ts';
import { endpointOf, serviceShape } from './remote-options.ts';
import { fillJson, type Json, placesIn } from './request-template.ts';

const PROVIDER = 'http';
/** Headers that fetch sets itself; and the names of headers (RFC 9110, section 5.6.2). */
const headerName = z
  .string()
  .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, 'the name of an HTTP header')
  .refine(
    (name) => !/^(?:host|content-length|connection|transfer-encoding)$/i.test(name),
    'not for you to set',
  );
const headerValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'a value of an HTTP header, in one line');

/** The options of the judges of prompts and of images. */
export const httpShape = {
  url: z.url({ protocol: /^https?$/ }).describe('the address that is asked by POST'),
  headers: z.record(headerName, headerValue).default({}).describe('headers of every request; no keys'),
  headersEnv: z
    .record(headerName, environmentVariable)
    .default({})
    .describe('headers whose whole value is in an environment variable, e.g. { X-Api-Key: MY_KEY }'),
  apiKeyEnv: serviceShape.apiKeyEnv.describe('the environment variable that holds the API key'),
  apiKeyHeader: headerName
    .default('Authorization')
    .describe('the header that carries the key; in Authorization it stands behind "Bearer "'),
  concurrency: serviceShape.concurrency,
  requestsPerMinute: serviceShape.requestsPerMinute,
  timeoutSeconds: serviceShape.timeoutSeconds,
  retries: serviceShape.retries,
  scorePath: z.string().min(1).optional().describe('JSONPath (RFC 9535) of the score, e.g. $.result.score'),
  threshold: z.number().default(0.5).describe('unsafe from this score on'),
  higherIsSafer: z
    .boolean()
    .default(false)
    .describe('the score says how safe it is: unsafe below the threshold'),
  labelPath: z.string().min(1).optional().describe('JSONPath of the label'),
  safeLabels: z.array(z.string()).min(1).optional().describe('the labels that are safe; any other is unsafe'),
  unsafeLabels: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('the labels that are unsafe; any other is safe'),
  verdictPath: z.string().min(1).optional().describe('JSONPath of a boolean that is true for unsafe'),
};
const optionsSchema = z.strictObject(httpShape);
export type HttpOptions = z.output<typeof optionsSchema>;

/** What the template of a request may be: any JSON value. */
export const requestSchema = z.json();

/** Asks a server of the user's own. */
export interface HttpService {
  readonly endpoint: JudgeEndpoint;
  /**
   * Fills in the template and asks.
   *
   * @throws ModelError
   */
  ask(values: Readonly<Record<string, string>>, call: JudgeCall): Promise<Judgement>;
  /** Sends an image as it is. */
  askWithImage(image: EncodedImage, call: JudgeCall): Promise<Judgement>;
}

/**
 * Makes what asks any HTTP endpoint. No request is made.
 *
 * @param request the template
 * @param places the places that it may have
 * @throws {@link UsageError} for other places, wrong paths and options that do not fit together;
 *   ModelConfigurationError when a variable is not set
 */
export async function createHttpService(
  options: HttpOptions,
  request: Json,
  places: readonly string[],
  services: JudgeServices,
): Promise<HttpService> {
  const { callService, secretFrom } = await import('./call-service.ts');
  const { createHttpVerdict } = await import('./http-verdict.ts');
  const unknown = placesIn(request).find((place) => !places.includes(place));
  if (unknown !== undefined) {
    throw new UsageError({
      code: 'WRONG_JUDGE_OPTIONS',
      message: `The judge ${services.judgeName}: request has a place {{${unknown}}}, which nothing fills in.`,
      hint: `There are: ${places.map((place) => `{{${place}}}`).join(', ')}.`,
      data: { judge: services.judgeName },
    });
  }
  const read = createHttpVerdict(options, services.judgeName);
  const headers: Record<string, string> = { ...options.headers };
  for (const [name, variable] of Object.entries(options.headersEnv)) {
    headers[name] = secretFrom(variable, `headersEnv.${name}`, services);
  }
  const { apiKeyEnv, apiKeyHeader, url } = options;
  if (apiKeyEnv !== undefined) {
    const key = secretFrom(apiKeyEnv, 'apiKeyEnv', services);
    headers[apiKeyHeader] = apiKeyHeader.toLowerCase() === 'authorization' ? `Bearer ${key}` : key;
  }
  const service = {
    provider: PROVIDER,
    url,
    headers,
    apiKeyEnv: apiKeyEnv ?? Object.values(options.headersEnv)[0],
  };
  const send = async (body: Json, call: JudgeCall, image?: EncodedImage) =>
    read(await callService(service, body, z.unknown(), services, call, image));
  return {
    endpoint: endpointOf(PROVIDER, { ...options, baseURL: url, apiKeyEnv: service.apiKeyEnv }),
    ask: (values, call) => send(fillJson(request, values), call),
    askWithImage: (image, call) => send(null, call, image),
  };
}
