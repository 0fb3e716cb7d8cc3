import { APICallError } from '@ai-sdk/provider';
import { isTooDeep } from '../nesting.ts';

/** What a request by the adapters of this folder is made from. */
export interface HttpRequest {
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON by POST; without it the request is a GET. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** An answer with its headers. */
export interface HttpAnswer<Value> {
  readonly value: Value;
  readonly headers: Record<string, string>;
}

/**
 * Sends a request and reads its answer as JSON.
 *
 * @throws {@link APICallError} with status, headers and body, when the status is not 2xx or the body is no JSON;
 *   whatever `fetch` throws
 */
export async function requestJson(request: HttpRequest): Promise<HttpAnswer<unknown>> {
  const { response, headers } = await send(request);
  const text = await response.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw callError(request, response, headers, text, 'The answer is not JSON', cause);
  }
  if (isTooDeep(value)) throw callError(request, response, headers, text, 'The answer is nested too deeply');
  return { value, headers };
}

/**
 * Sends a request and reads its answer as bytes.
 *
 * @throws {@link APICallError} when the status is not 2xx; whatever `fetch` throws
 */
export async function requestBytes(request: HttpRequest): Promise<HttpAnswer<Uint8Array>> {
  const { response, headers } = await send(request);
  return { value: new Uint8Array(await response.arrayBuffer()), headers };
}

async function send(request: HttpRequest): Promise<{ response: Response; headers: Record<string, string> }> {
  const { url, fetch, body, signal } = request;
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...request.headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const headers = Object.fromEntries(response.headers);
  if (!response.ok) {
    const text = await response.text();
    throw callError(request, response, headers, text, response.statusText || `HTTP ${response.status}`);
  }
  return { response, headers };
}

function callError(
  { url, body }: HttpRequest,
  response: Response,
  responseHeaders: Record<string, string>,
  responseBody: string,
  message: string,
  cause?: unknown,
): APICallError {
  const statusCode = response.status;
  return new APICallError({
    message,
    url,
    requestBodyValues: body,
    statusCode,
    responseHeaders,
    responseBody,
    cause,
  });
}
