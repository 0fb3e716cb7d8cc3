import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Answer, startHttpServer } from '../../../test/servers/http-server.ts';
import { closing } from '../../../test/support/servers.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { below, callService, secretFrom, serviceKey } from './call-service.ts';
import { someCall } from './remote-fixtures.ts';

async function called(answer: Answer, schema: z.ZodType = z.object({ ok: z.boolean() })) {
  const server = await closing(startHttpServer(() => answer));
  const service = {
    provider: 'a-service',
    url: `${server.url}/x?secret=no`,
    headers: {},
    apiKeyEnv: 'MY_KEY',
  };
  return callService(service, { q: 1 }, schema, judgeServices({ judgeName: 'mine' }), someCall());
}
const forbidden = (message: string) => called({ status: 403, body: { error: { message } } });

describe('callService', () => {
  it('gives an answer that fits, and says of one that does not how it looks', async () => {
    expect(await called({ body: { ok: true } })).toEqual({ ok: true });
    await expect(called({ body: { ok: 'yes' } })).rejects.toMatchObject({
      code: 'BAD_ANSWER',
      message: expect.stringMatching(/The judge mine \(a-service at [^?]*\/x\).*another shape.*yes/),
    });
  });

  it.each([
    ['Quota exceeded for quota metric requests per minute.', { code: 'RATE_LIMITED', retryable: true }],
    ['rateLimitExceeded', { code: 'RATE_LIMITED', retryable: true }],
    ['Out of call volume quota.', { code: 'RATE_LIMITED', retryable: false }],
    ['This API method requires billing to be enabled.', { code: 'RATE_LIMITED', retryable: false }],
    ['API key not valid.', { code: 'UNAUTHORISED', retryable: false, hint: expect.stringMatching(/MY_KEY/) }],
  ])('takes a 403 for what it is: %s', async (message, expected) => {
    await expect(forbidden(message)).rejects.toMatchObject({ ...expected, status: 403 });
  });

  it('stops when it is told to', async () => {
    const server = await closing(startHttpServer(() => new Promise<Answer>(() => undefined)));
    const service = { provider: 'a-service', url: server.url, headers: {} };
    const controller = new AbortController();
    const call = { signal: controller.signal };
    const answer = callService(service, {}, z.unknown(), judgeServices(), call);
    await server.asked('/');
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
  });
});

describe('secretFrom', () => {
  const services = judgeServices({
    env: { A: ' a-secret\r\n', B: 'two\nlines-of-secret', C: ' ' },
    judgeName: 'mine',
  });

  it('takes a key without the blanks around it', () =>
    expect(secretFrom('A', 'apiKeyEnv', services)).toBe('a-secret'));

  it.each([
    ['B', 'WRONG_SECRET', /B \(apiKeyEnv\) holds characters/],
    ['C', 'MISSING_ENVIRONMENT_VARIABLE', /C \(apiKeyEnv\) is empty/],
    ['D', 'MISSING_ENVIRONMENT_VARIABLE', /D \(apiKeyEnv\) is not set/],
  ])('refuses %s', (variable, code, message) => {
    const taking = () => secretFrom(variable, 'apiKeyEnv', services);
    expect(taking).toThrow(expect.objectContaining({ code, exitCode: 2 }));
    expect(taking).toThrow(message);
    expect(taking).not.toThrow(/lines-of-secret/);
  });
});

describe('serviceKey', () => {
  const services = judgeServices({ env: { USUAL: 'usual-key', OWN: 'own-key' } });

  it('is the usual one for the public service only', () => {
    expect(serviceKey(undefined, 'USUAL', true, services)).toBe('usual-key');
    expect(serviceKey(undefined, 'USUAL', false, services)).toBeUndefined();
    expect(serviceKey('OWN', 'USUAL', false, services)).toBe('own-key');
  });
});

describe('below', () => {
  it.each([
    ['http://a.b', 'v1/x', 'http://a.b/v1/x'],
    ['http://a.b/v1/', 'x:y?z=1', 'http://a.b/v1/x:y?z=1'],
    ['https://a.b/c?d=e', 'f', 'https://a.b/c/f?d=e'],
  ])('joins %s and %s', (base, path, expected) => expect(below(base, path)).toBe(expected));
});
