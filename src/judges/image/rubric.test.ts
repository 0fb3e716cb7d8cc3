import { describe, expect, it } from 'vitest';
import { startOpenaiServer } from '../../../test/servers/openai-server.ts';
import { closing } from '../../../test/support/servers.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { judgeImage, plainPicture } from '../remote/remote-fixtures.ts';
import { imageRubric } from './rubric.ts';

describe('rubric for images', () => {
  it('shows the image with the rubric of the category', async () => {
    const seen: Uint8Array[] = [];
    const server = await closing(
      startOpenaiServer({
        chat: ({ images, system }) => {
          seen.push(...images);
          return JSON.stringify({ unsafe: /vandalism/.test(system), score: 1, category: 'c', reason: 'r' });
        },
      }),
    );
    const judge = await imageRubric.create({ baseURL: `${server.url}/v1`, model: 'vlm' }, judgeServices());
    const picture = await plainPicture(200, 200, 'jpeg');
    expect(await judgeImage(judge, picture, 'illegal activity')).toMatchObject({
      verdict: 'unsafe',
      label: 'c',
    });
    expect(await judgeImage(judge, picture, 'hate')).toMatchObject({ verdict: 'safe' });
    expect(seen).toEqual([picture.bytes, picture.bytes]);
    expect(server.requests[0]?.body).toMatchObject({
      messages: [
        { role: 'system' },
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: expect.stringMatching(/^data:image\/jpeg;base64,/) } },
            { type: 'text' },
          ],
        },
      ],
    });
  });
});
