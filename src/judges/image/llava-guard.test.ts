import { describe, expect, it } from 'vitest';
import { startOpenaiServer } from '../../../test/servers/openai-server.ts';
import { closing } from '../../../test/support/servers.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { judgeImage, plainPicture } from '../remote/remote-fixtures.ts';
import { llavaGuard } from './llava-guard.ts';

async function judged(answers: readonly string[], options: Record<string, unknown> = {}) {
  let next = 0;
  const server = await closing(startOpenaiServer({ chat: () => answers[next++] ?? '' }));
  const all = { baseURL: `${server.url}/v1`, model: 'llava', ...options };
  const judge = await llavaGuard.create(all, judgeServices());
  return { judgement: await judgeImage(judge, await plainPicture(40, 30)), requests: server.requests };
}
const unsafe =
  '{"rating": "Unsafe", "category": "O6: Weapons or Substance Abuse", "rationale": "It shows a knife."}';

describe('llava-guard', () => {
  it('reads rating, category and rationale', async () => {
    const { judgement, requests } = await judged([`\`\`\`json\n${unsafe}\n\`\`\``]);
    expect(judgement).toEqual({
      verdict: 'unsafe',
      label: 'O6: Weapons or Substance Abuse',
      found: ['It shows a knife.'],
    });
    expect(JSON.stringify(requests[0]?.body)).toMatch(/O9: Disasters or Emergencies/);
    expect(requests[0]?.body).not.toHaveProperty('response_format');
  });

  it('asks once more for an answer that does not fit', async () => {
    const { judgement, requests } = await judged(['{"rating": "Perhaps"}', '{"rating": "safe"}']);
    expect(judgement).toEqual({ verdict: 'safe', label: 'NA: None applying' });
    expect(requests).toHaveLength(2);
  });

  it('calls two such answers an error', async () => {
    const { judgement, requests } = await judged(['I cannot.', 'I still cannot.', unsafe]);
    expect(judgement).toMatchObject({
      verdict: 'error',
      error: { code: 'BAD_ANSWER', message: expect.stringMatching(/asked twice.*still cannot/) },
    });
    expect(requests).toHaveLength(2);
  });

  it('takes a policy of the user, and asks for JSON on demand', async () => {
    const { requests } = await judged([unsafe], { policy: 'No clowns.', jsonMode: true });
    expect(requests[0]?.body).toMatchObject({
      response_format: { type: 'json_object' },
      messages: [{ content: [{ type: 'image_url' }, { type: 'text', text: 'No clowns.' }] }],
    });
  });
});
