import { describe, expect, it } from 'vitest';
import { startOpenaiServer } from '../../../test/servers/openai-server.ts';
import { closing } from '../../../test/support/servers.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { Picture } from '../picture.ts';
import { judgeImage, plainPicture } from '../remote/remote-fixtures.ts';
import { imageLlamaGuard } from './llama-guard.ts';

describe('llama-guard for images', () => {
  it('shows the image, and nothing of the prompt', async () => {
    const seen: Uint8Array[] = [];
    const server = await closing(
      startOpenaiServer({
        chat: ({ images }) => {
          seen.push(...images);
          return 'unsafe\nS12';
        },
      }),
    );
    const judge = await imageLlamaGuard.create(
      { baseURL: `${server.url}/v1`, model: 'guard' },
      judgeServices({ judgeName: 'eyes' }),
    );
    const picture = await plainPicture(40, 30);
    expect(await judgeImage(judge, picture)).toEqual({
      verdict: 'unsafe',
      label: 'S12',
      found: ['S12 sexual content'],
    });
    expect(seen).toEqual([picture.bytes]);
    expect(server.requests[0]?.body).toMatchObject({
      temperature: 0,
      messages: [{ role: 'user', content: [{ type: 'image_url' }, { type: 'text' }] }],
    });

    const broken = new Picture(picture.bytes.subarray(0, 20));
    expect(await judgeImage(judge, broken)).toMatchObject({ verdict: 'error', error: { code: 'BAD_IMAGE' } });
    expect(seen).toHaveLength(1);
  });
});
