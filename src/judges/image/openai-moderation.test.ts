import { describe, expect, it } from 'vitest';
import { type Moderated, startModerationServer } from '../../../test/servers/moderation-server.ts';
import { closing } from '../../../test/support/servers.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { judgeImage, plainPicture } from '../remote/remote-fixtures.ts';
import { imageOpenaiModeration } from './openai-moderation.ts';

describe('openai-moderation for images', () => {
  it('sends the image as a data URL', async () => {
    const seen: Moderated[] = [];
    const server = await closing(
      startModerationServer({
        openai: (input) => {
          seen.push(input);
          return { sexual: 0.01, 'self-harm': 0.9 };
        },
      }),
    );
    const judge = await imageOpenaiModeration.create({ baseURL: `${server.url}/v1` }, judgeServices());
    const picture = await plainPicture(64, 64);
    expect(await judgeImage(judge, picture)).toEqual({
      verdict: 'unsafe',
      score: 0.9,
      label: 'self-harm',
      found: ['self-harm'],
    });
    expect(seen).toEqual([picture.bytes]);
  });
});
