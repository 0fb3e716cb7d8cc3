import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { startModerationServer } from '../../../test/servers/moderation-server.ts';
import { closing } from '../../../test/support/servers.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { judgeImage, plainPicture } from '../remote/remote-fixtures.ts';
import { imageAzureContentSafety } from './azure-content-safety.ts';

describe('azure-content-safety for images', () => {
  it('sends an image of a size that the service takes', async () => {
    const sizes: object[] = [];
    const seen: Buffer[] = [];
    const server = await closing(
      startModerationServer({
        azure: (input) => {
          seen.push(Buffer.from(input));
          return { SelfHarm: 2 };
        },
      }),
    );
    const judge = await imageAzureContentSafety.create(
      { baseURL: server.url, apiKeyEnv: 'MY_KEY', severity: 2 },
      judgeServices({ env: { MY_KEY: 'azure-secret-2' } }),
    );
    for (const side of [1, 64]) {
      expect(await judgeImage(judge, await plainPicture(side, side))).toEqual({
        verdict: 'unsafe',
        score: 2 / 6,
        label: 'SelfHarm',
        found: ['SelfHarm 2'],
      });
    }
    for (const bytes of seen) {
      const { width, height } = await sharp(bytes).metadata();
      sizes.push({ width, height });
    }
    expect(sizes).toEqual([
      { width: 50, height: 50 },
      { width: 64, height: 64 },
    ]);
    expect(server.requests[0]).toMatchObject({
      path: '/contentsafety/image:analyze',
      headers: { 'ocp-apim-subscription-key': 'azure-secret-2' },
    });
  });
});
