import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faultsOn, rateLimit, scriptedFaults, seededFaults } from './faults.ts';
import type { RunningServer } from './http-server.ts';
import { startOpenaiServer } from './openai-server.ts';

let server: RunningServer;
afterEach(() => server.close());

async function post(path: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}
const chat = { model: 'test-model', messages: [{ role: 'user', content: 'hello' }] };

const completion = z.object({
  object: z.literal('chat.completion'),
  choices: z.tuple([
    z.object({ finish_reason: z.literal('stop'), message: z.object({ content: z.string() }) }),
  ]),
});

describe('the OpenAI server', () => {
  it('takes a request apart, with its pictures', async () => {
    server = await startOpenaiServer({
      chat: ({ system, text, images, seed }) =>
        JSON.stringify([system, text, images.map((image) => [...image]), seed]),
    });
    const content = [
      { type: 'text', text: 'what is it?' },
      {
        type: 'image_url',
        image_url: { url: `data:image/png;base64,${Buffer.from([1, 2, 3]).toString('base64')}` },
      },
    ];
    const messages = [
      { role: 'system', content: 'be brief' },
      { role: 'user', content },
    ];
    const response = await post('/v1/chat/completions', { model: 'm', messages, seed: 5 });
    const answer = completion.parse(await response.json());
    expect(JSON.parse(answer.choices[0].message.content)).toEqual([
      'be brief',
      'what is it?',
      [[1, 2, 3]],
      5,
    ]);
  });

  it('lists models, and knows no other', async () => {
    server = await startOpenaiServer({ models: ['a'] });
    expect(await (await fetch(`${server.url}/v1/models`)).json()).toMatchObject({
      data: [{ id: 'a', object: 'model' }],
    });
    expect((await post('/v1/chat/completions', chat)).status).toBe(404);
  });

  it('counts what is in flight', async () => {
    server = await startOpenaiServer({ latencyMs: 30 });
    await Promise.all([1, 2, 3].map(() => post('/v1/chat/completions', chat)));
    expect([server.mostInFlight(), server.requests.length]).toEqual([3, 3]);
  });
});

describe('faults', () => {
  it('come by a script, on some paths only', async () => {
    const plan = scriptedFaults([rateLimit('1'), undefined, { kind: 'slow', ms: 1 }]);
    server = await startOpenaiServer({ faults: faultsOn(/chat/, plan) });
    await fetch(`${server.url}/v1/models`);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await post('/v1/chat/completions', chat)).status);
    expect(statuses).toEqual([429, 200, 200, 200]);
  });

  it('come at random, the same for the same seed', async () => {
    server = await startOpenaiServer();
    const plan = () => seededFaults({ seed: 7, rate: 0.25, faults: ['reset', 'html'] });
    const draw = (faults: ReturnType<typeof plan>) =>
      Array.from({ length: 2000 }, (_, index) => faults({ index, path: '/' }));
    const drawn = draw(plan());
    expect(drawn).toEqual(draw(plan()));
    expect(drawn.filter((fault) => fault !== undefined).length / 2000).toBeCloseTo(0.25, 1);
    expect(new Set(drawn)).toEqual(new Set([undefined, 'reset', 'html']));
  });
});
