import { describe, expect, it } from 'vitest';
import { startHttpServer } from '../../../test/servers/http-server.ts';
import { closing } from '../../../test/support/servers.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { judgeImage, plainPicture } from '../remote/remote-fixtures.ts';
import { imageHttp } from './http.ts';

async function asked(options: Record<string, unknown>) {
  const server = await closing(startHttpServer(() => ({ body: { label: 'nsfw', p: '0.8' } })));
  const all = { url: server.url, labelPath: '$.label', unsafeLabels: ['nsfw'], ...options };
  const judge = await imageHttp.create(all, judgeServices());
  const picture = await plainPicture(20, 20);
  const judgement = await judgeImage(judge, picture, 'hate');
  return {
    judgement,
    request: server.requests[0],
    base64: Buffer.from(picture.bytes).toString('base64'),
    judge,
  };
}

describe('http for images', () => {
  it('sends the image in base64', async () => {
    const { judgement, request, base64 } = await asked({});
    expect(judgement).toEqual({ verdict: 'unsafe', label: 'nsfw' });
    expect(request?.body).toEqual({ image: base64 });
  });

  it('sends it as a data URL, with the category', async () => {
    const { judgement, request, base64, judge } = await asked({
      request: { inputs: { url: '{{imageDataUrl}}', about: '{{category}}' } },
      scorePath: '$.p',
    });
    expect(judgement).toEqual({ verdict: 'unsafe', label: 'nsfw', score: 0.8 });
    expect(request?.body).toEqual({ inputs: { url: `data:image/png;base64,${base64}`, about: 'hate' } });
    expect(judge.dependsOnCategory).toBe(true);
  });

  it('sends it as it is', async () => {
    const { judgement, request, judge } = await asked({ body: 'image', headers: { 'X-A': 'b' } });
    expect(judgement).toMatchObject({ verdict: 'unsafe' });
    expect(request).toMatchObject({ headers: { 'content-type': 'image/png', 'x-a': 'b' } });
    expect(request?.body).toMatch(/PNG/);
    expect(judge.dependsOnCategory).toBe(false);
  });

  it('has no place for the prompt', async () => {
    await expect(asked({ request: { text: '{{text}}' } })).rejects.toThrow(/\{\{text\}\}/);
  });
});
