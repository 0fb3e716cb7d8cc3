import { describe, expect, it } from 'vitest';
import {
  type ModerationServerOptions,
  startModerationServer,
} from '../../../test/servers/moderation-server.ts';
import { closing } from '../../../test/support/servers.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { judgeImage, plainPicture } from '../remote/remote-fixtures.ts';
import { googleSafeSearch } from './google-safe-search.ts';

async function judged(
  google: NonNullable<ModerationServerOptions['google']>,
  options: Record<string, unknown> = {},
  env: Record<string, string> = {},
) {
  const server = await closing(startModerationServer({ google }));
  const judge = await googleSafeSearch.create(
    { baseURL: server.url, ...options },
    judgeServices({ env, judgeName: 'vision' }),
  );
  return { judgement: judgeImage(judge, await plainPicture(64, 64)), server };
}

describe('google-safe-search', () => {
  it('makes scores of likelihoods', async () => {
    const picture = await plainPicture(64, 64);
    const { judgement, server } = await judged(
      () => ({ violence: 'LIKELY', adult: 'VERY_LIKELY', racy: 'VERY_LIKELY' }),
      { apiKeyEnv: 'MY_KEY' },
      { MY_KEY: 'google-secret-1' },
    );
    expect(await judgement).toEqual({
      verdict: 'unsafe',
      score: 1,
      label: 'adult',
      found: ['adult VERY_LIKELY', 'violence LIKELY'],
    });
    expect(server.requests).toMatchObject([
      {
        path: '/v1/images:annotate',
        headers: { 'x-goog-api-key': 'google-secret-1' },
        body: {
          requests: [
            {
              image: { content: Buffer.from(picture.bytes).toString('base64') },
              features: [{ type: 'SAFE_SEARCH_DETECTION' }],
            },
          ],
        },
      },
    ]);
    // Not in the address, where logs would keep it.
    expect([...(server.requests[0]?.query.keys() ?? [])]).toEqual([]);
  });

  it('counts the chosen features from the chosen likelihood on', async () => {
    const likelihoods = () => ({ racy: 'POSSIBLE', violence: 'LIKELY' });
    const all = await judged(likelihoods, { features: ['adult', 'racy'] });
    expect(await all.judgement).toEqual({ verdict: 'safe', score: 0.5 });
    const strict = await judged(likelihoods, { features: ['racy'], likelihood: 'POSSIBLE' });
    expect(await strict.judgement).toMatchObject({ verdict: 'unsafe', label: 'racy', score: 0.5 });
  });

  it('does not take what the service cannot tell for safe', async () => {
    const unknown = await judged(() => ({ adult: 'UNKNOWN' }));
    expect(await unknown.judgement).toMatchObject({ verdict: 'error', error: { code: 'NO_VERDICT' } });
    const decided = await judged(() => ({ adult: 'UNKNOWN', violence: 'LIKELY' }));
    expect(await decided.judgement).toMatchObject({ verdict: 'unsafe' });
    const empty = await judged(() => ({ body: { responses: [{}] } }));
    expect(await empty.judgement).toMatchObject({ verdict: 'error', error: { code: 'BAD_ANSWER' } });
  });

  it('tells what is wrong with one image from what is wrong with the service', async () => {
    const bad = await judged(() => ({ code: 3, message: 'Bad image data.' }));
    expect(await bad.judgement).toMatchObject({
      verdict: 'error',
      error: { code: 'REJECTED', message: expect.stringMatching(/vision.*Bad image data/) },
    });
    const quota = await judged(() => ({ code: 8, message: 'Quota exceeded.' }));
    await expect(quota.judgement).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true });
  });

  it('takes an access token in place of a key', async () => {
    const { judgement, server } = await judged(
      () => ({}),
      { accessTokenEnv: 'TOKEN', quotaProject: 'mine' },
      { TOKEN: 'token-secret-1' },
    );
    expect(await judgement).toEqual({ verdict: 'safe', score: 0 });
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer token-secret-1',
      'x-goog-user-project': 'mine',
    });
  });

  it('needs a key for the public service', async () => {
    await expect(googleSafeSearch.create({}, judgeServices())).rejects.toThrow(/GOOGLE_CLOUD_VISION_API_KEY/);
  });
});
