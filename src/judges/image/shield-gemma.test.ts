import { describe, expect, it } from 'vitest';
import { type OpenaiServerOptions, startOpenaiServer } from '../../../test/servers/openai-server.ts';
import { closing } from '../../../test/support/servers.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { judgeImage, plainPicture } from '../remote/remote-fixtures.ts';
import { shieldGemma } from './shield-gemma.ts';

async function judged(options: Record<string, unknown>, chat: NonNullable<OpenaiServerOptions['chat']>) {
  const server = await closing(startOpenaiServer({ chat }));
  const all = { baseURL: `${server.url}/v1`, model: 'shield', ...options };
  const judge = await shieldGemma.create(all, judgeServices());
  return { judgement: await judgeImage(judge, await plainPicture(40, 30)), requests: server.requests };
}

/** A chat completion with probabilities of Yes and No. */
function withLogprobs(content: string, yes: number) {
  const top = [
    { token: 'Yes', logprob: Math.log(yes) },
    { token: 'No', logprob: Math.log(1 - yes) },
  ];
  const first = { token: content, logprob: 0, top_logprobs: top };
  const choice = { index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' };
  const choices = [{ ...choice, logprobs: { content: [first] } }];
  return { body: { id: '1', object: 'chat.completion', created: 1, model: 'shield', choices } };
}

describe('shield-gemma', () => {
  it('asks by every policy, with the image', async () => {
    const { judgement, requests } = await judged({}, ({ images }) => (images.length === 1 ? 'No' : '?'));
    expect(judgement).toEqual({ verdict: 'safe', label: 'safe' });
    expect(requests.map(({ body }) => JSON.stringify(body).match(/No (\w+)/)?.[1])).toEqual([
      'Dangerous',
      'Sexually',
      'Violence',
    ]);
  });

  it('is unsafe by any Yes', async () => {
    const { judgement } = await judged({}, ({ text }) => (/Dangerous/.test(text) ? 'No.' : '**Yes**, for'));
    expect(judgement).toEqual({ verdict: 'unsafe', label: 'sexual', found: ['sexual', 'violence'] });
  });

  it('calls neither Yes nor No an error, unless another policy is violated', async () => {
    const vague = await judged({}, ({ text }) => (/Violence/.test(text) ? 'Yesterday' : 'No'));
    expect(vague.judgement).toMatchObject({ verdict: 'error', error: { code: 'BAD_ANSWER' } });
    const violated = await judged({}, ({ text }) => (/Violence/.test(text) ? 'perhaps' : 'Yes'));
    expect(violated.judgement).toMatchObject({ verdict: 'unsafe', label: 'dangerous' });
  });

  it('takes chosen policies, and policies of the user', async () => {
    const chosen = await judged({ policies: ['violence'] }, () => 'No');
    expect(chosen.requests).toHaveLength(1);
    const own = await judged({ policies: { clowns: 'The image shall not show clowns.' } }, ({ text }) =>
      text === 'The image shall not show clowns.' ? 'Yes' : 'No',
    );
    expect(own.judgement).toEqual({ verdict: 'unsafe', label: 'clowns', found: ['clowns'] });
  });

  it('has scores, and a threshold on them', async () => {
    const chat: OpenaiServerOptions['chat'] = ({ text }) =>
      withLogprobs('No', /Violence/.test(text) ? 0.4 : 0.1);
    const plain = await judged({ logprobs: true }, chat);
    expect(plain.judgement).toMatchObject({ verdict: 'safe', score: expect.closeTo(0.4, 10) });
    const strict = await judged({ threshold: 0.3 }, chat);
    expect(strict.judgement).toMatchObject({ verdict: 'unsafe', label: 'violence', found: ['violence'] });
  });

  it('cannot keep to a threshold without scores', async () => {
    const { judgement } = await judged({ threshold: 0.3 }, () => 'No');
    expect(judgement).toMatchObject({
      verdict: 'error',
      error: { message: expect.stringMatching(/log-prob/) },
    });
  });

  it('refuses unknown policies', async () => {
    await expect(shieldGemma.create({ policies: ['clowns'] }, judgeServices())).rejects.toMatchObject({
      code: 'WRONG_JUDGE_OPTIONS',
    });
  });
});
