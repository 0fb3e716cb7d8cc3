import { APICallError } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { RefusalError, refusalInBody, refusalInMetadata, refusalOf } from './refusal.ts';

function callError(statusCode: number, body: unknown, message = 'Bad Request'): APICallError {
  const responseBody = typeof body === 'string' ? body : JSON.stringify(body);
  return new APICallError({ message, url: 'http://x.test', requestBodyValues: {}, statusCode, responseBody });
}

describe('a refusal', () => {
  it.each<[service: string, status: number, body: unknown]>([
    [
      'OpenAI',
      400,
      {
        error: {
          message: 'Your request was rejected as a result of our safety system.',
          type: 'image_generation_user_error',
          code: 'moderation_blocked',
        },
      },
    ],
    [
      'OpenAI, older',
      400,
      {
        error: {
          code: 'content_policy_violation',
          message: 'Your prompt may contain text that is not allowed.',
          type: 'invalid_request_error',
        },
      },
    ],
    [
      'Azure',
      400,
      { error: { code: 'contentFilter', message: 'Your task failed as a result of our safety system.' } },
    ],
    [
      'Azure, chat',
      400,
      {
        error: {
          code: 'content_filter',
          innererror: { code: 'ResponsibleAIPolicyViolation' },
          message: 'The response was filtered',
        },
      },
    ],
    [
      'Google Imagen',
      400,
      {
        error: {
          code: 400,
          status: 'INVALID_ARGUMENT',
          message:
            "The prompt could not be submitted. It contains words that violate Google's Responsible AI practices.",
        },
      },
    ],
    ['Black Forest Labs', 200, { id: '1', status: 'Content Moderated', result: null }],
    [
      'fal',
      422,
      {
        detail: [
          {
            loc: ['body', 'prompt'],
            msg: 'The content could not be processed.',
            type: 'content_policy_violation',
            input: { prompt: 'a cat' },
          },
        ],
      },
    ],
    [
      'Replicate',
      200,
      { status: 'failed', error: 'NSFW content detected. Try running it again, or try a different prompt.' },
    ],
    [
      'Replicate, code',
      200,
      { status: 'failed', error: 'The input or output was flagged as sensitive. (E005)' },
    ],
    [
      'Stability',
      403,
      {
        id: '1',
        name: 'content_moderation',
        errors: ['Your request was flagged by our content moderation system.'],
      },
    ],
    ['xAI', 400, { code: 'invalid', error: 'Generated image rejected by content moderation.' }],
    ['Bedrock', 400, { message: 'This request has been blocked by our content filters.' }],
    ['text', 403, 'Request blocked by the content policy.'],
  ])('is recognised: %s', (_, status, body) => {
    expect(refusalOf(callError(status, body))).toEqual(expect.any(String));
  });

  it('gives the words of the service', () => {
    const body = { error: { code: 'content_policy_violation', message: 'Not allowed here.' } };
    expect(refusalOf(callError(400, body))).toBe('content_policy_violation: Not allowed here.');
  });

  it.each([
    [
      'Bedrock through the AI SDK',
      new Error('Amazon Bedrock request was moderated: Unknown'),
      'Amazon Bedrock request was moderated: Unknown',
    ],
    ['our own', new RefusalError('Request Moderated'), 'Request Moderated'],
  ])('is recognised without an answer: %s', (_, error, reason) => {
    expect(refusalOf(error)).toBe(reason);
  });

  it.each([
    ['Gemini', { google: { images: [], finishReason: 'IMAGE_SAFETY' } }, 'IMAGE_SAFETY'],
    [
      'Gemini, prompt',
      { google: { images: [], promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } } },
      'PROHIBITED_CONTENT',
    ],
    [
      'Imagen',
      { vertex: { images: [{ raiFilteredReason: 'Filtered out 1 image.' }] } },
      'Filtered out 1 image.',
    ],
  ])('is recognised beside an empty list of images: %s', (_, metadata, reason) => {
    expect(refusalInMetadata(metadata)).toBe(reason);
  });
});

describe('no refusal', () => {
  it.each<[what: string, status: number, body: unknown]>([
    [
      'an unknown parameter',
      400,
      {
        error: {
          message: "Unknown parameter: 'guidance_scale'.",
          code: 'unknown_parameter',
          type: 'invalid_request_error',
        },
      },
    ],
    [
      'a parameter that sounds like it',
      400,
      { error: { message: "Unknown parameter: 'content_filter'.", type: 'invalid_request_error' } },
    ],
    [
      'another that sounds like it',
      422,
      {
        detail: [
          { loc: ['body', 'nsfw_content'], msg: 'Extra inputs are not permitted', type: 'extra_forbidden' },
        ],
      },
    ],
    [
      'a prompt that is quoted',
      422,
      {
        detail: [
          {
            msg: 'Input should be a valid number',
            type: 'float_parsing',
            input: { prompt: 'a sign: blocked by our content filter' },
          },
        ],
      },
    ],
    [
      'a size',
      400,
      {
        error: {
          message: "Invalid value: '500x500'. Supported values are: '1024x1024'.",
          code: 'invalid_value',
        },
      },
    ],
    ['a wrong key', 401, { error: { message: 'Blocked by our content filter', code: 'content_filter' } }],
    [
      'a rate limit',
      429,
      { error: { message: 'Requests rejected by the safety system limit', code: 'moderation_blocked' } },
    ],
    ['a broken server', 500, { error: 'NSFW detected model crashed' }],
    ['a firewall', 403, '<html><head><title>Blocked</title></head>Request blocked by content filter</html>'],
    ['nothing', 400, ''],
  ])('is %s', (_, status, body) => {
    expect(refusalOf(callError(status, body))).toBeUndefined();
  });

  it('is an image that went well', () => {
    expect(refusalInMetadata({ google: { images: [{}], finishReason: 'STOP' } })).toBeUndefined();
    expect(
      refusalInBody('{"images":["aaaa"],"info":"{\\"prompt\\":\\"nsfw content detected\\"}"}'),
    ).toBeUndefined();
  });
});
