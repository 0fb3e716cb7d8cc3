import { describe, expect, it } from 'vitest';
import { redTeam } from '../src/index.ts';
import { judgeServices } from '../src/judges/judge-fixtures.ts';
import { createJudges, IMAGE_JUDGES, PROMPT_JUDGES } from '../src/judges/registry.ts';
import { judgeImage, judgePrompt, plainPicture } from '../src/judges/remote/remote-fixtures.ts';
import { ModelError } from '../src/models/model-error.ts';
import { alwaysFault, type Fault, rateLimit, scriptedFaults } from './servers/faults.ts';
import { type RecordedRequest, startHttpServer } from './servers/http-server.ts';
import { startModerationServer } from './servers/moderation-server.ts';
import { startOpenaiServer } from './servers/openai-server.ts';
import { temporaryFolder } from './support/folders.ts';
import { closing, deadUrl } from './support/servers.ts';

const KEY = 'remote-judge-secret-4711';

/** Every judge that asks a server, with what it takes beside the address and the key. */
const REMOTE: readonly { type: string; address: (url: string) => object; subjects: readonly string[] }[] = [
  { type: 'llama-guard', address: model, subjects: ['prompt', 'image'] },
  { type: 'rubric', address: model, subjects: ['prompt', 'image'] },
  { type: 'shield-gemma', address: model, subjects: ['image'] },
  { type: 'llava-guard', address: model, subjects: ['image'] },
  { type: 'openai-moderation', address: (url) => ({ baseURL: `${url}/v1` }), subjects: ['prompt', 'image'] },
  { type: 'azure-content-safety', address: (baseURL) => ({ baseURL }), subjects: ['prompt', 'image'] },
  { type: 'google-safe-search', address: (baseURL) => ({ baseURL }), subjects: ['image'] },
  { type: 'http', address: (url) => ({ url, scorePath: '$.score' }), subjects: ['prompt', 'image'] },
];
const CASES = REMOTE.flatMap(({ type, address, subjects }) =>
  subjects.map((subject) => ({ type, address, subject })),
);

function model(url: string) {
  return { baseURL: `${url}/v1`, model: 'm' };
}

/** Has one subject judged by one judge out of a configuration. */
async function judged({ type, address, subject }: (typeof CASES)[number], url: string) {
  const entry = { name: `my-${type}`, type, apiKeyEnv: 'REMOTE_KEY', ...address(url) };
  const world = judgeServices({ env: { REMOTE_KEY: KEY } });
  const judges = await createJudges(
    {
      prompt: subject === 'prompt' ? [entry] : ['lexicon'],
      image: [subject === 'image' ? entry : 'sandbox'],
      verdict: 'any',
    },
    world,
  );
  const [promptJudge] = judges.prompt;
  const [imageJudge] = judges.image;
  if (promptJudge === undefined || imageJudge === undefined) throw new Error('There are no judges.');
  return subject === 'prompt'
    ? judgePrompt(promptJudge, 'a cat in the rain')
    : judgeImage(imageJudge, await plainPicture(64, 64));
}

/** What went wrong, without a key in anything that would be shown or stored. */
async function failure(judgement: Promise<unknown>): Promise<ModelError> {
  const error = await judgement.then(
    (value) => new Error(`There is a judgement: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ModelError)) throw error;
  const { message, hint, data, cause, stack } = error;
  expect(JSON.stringify([message, hint, data, stack, String(cause)])).not.toContain(KEY);
  return error;
}

describe('remote judges', () => {
  it('are all tried here', () => {
    const known = (subject: string) =>
      CASES.filter((item) => item.subject === subject).map(({ type }) => type);
    expect(PROMPT_JUDGES.map(({ name }) => name)).toEqual(expect.arrayContaining(known('prompt')));
    expect(IMAGE_JUDGES.map(({ name }) => name)).toEqual(expect.arrayContaining(known('image')));
  });

  const echo = ({ headers }: RecordedRequest) => ({
    status: 401,
    body: { error: { message: `Wrong key ${JSON.stringify(headers)}` } },
  });

  describe.each(CASES)('$type for a $subject', (judge) => {
    it('says which key is wrong, and does not show it', async () => {
      const server = await closing(startHttpServer(echo));
      const error = await failure(judged(judge, server.url));
      expect(error).toMatchObject({ code: 'UNAUTHORISED', retryable: false, status: 401 });
      expect(error.message).toContain(`The judge my-${judge.type}`);
      expect(error.hint).toContain('REMOTE_KEY');
      expect(JSON.stringify(server.requests[0]?.headers)).toContain(KEY);
    });

    it.each<[string, Fault, object]>([
      ['a rate limit', rateLimit('7'), { code: 'RATE_LIMITED', retryable: true, retryAfterMs: 7000 }],
      [
        'a broken server',
        { kind: 'status', status: 500, body: 'oops' },
        { code: 'SERVER_ERROR', retryable: true },
      ],
      [
        'a wrong request',
        { kind: 'status', status: 400, body: 'no' },
        { code: 'REJECTED', retryable: false },
      ],
      [
        'a wrong address',
        { kind: 'status', status: 404, body: 'no' },
        { code: 'NOT_FOUND', retryable: false },
      ],
      ['a page of HTML', 'html', { code: 'BAD_ANSWER' }],
      ['bytes that mean nothing', 'garbage', { code: 'BAD_ANSWER' }],
      ['nothing', 'empty', { code: 'BAD_ANSWER' }],
      ['an endless answer', { kind: 'huge', bytes: 5_000_000 }, { code: 'BAD_ANSWER' }],
      ['a reset', 'reset', { code: 'UNREACHABLE', retryable: true }],
    ])('tells of %s', async (_, fault, expected) => {
      const server = await closing(startHttpServer(() => ({ body: {} }), { faults: alwaysFault(fault) }));
      expect(await failure(judged(judge, server.url))).toMatchObject(expected);
      // The engine retries, nobody else.
      expect(server.requests).toHaveLength(1);
    });

    it('tells of a server that is not there', async () =>
      expect(await failure(judged(judge, await deadUrl()))).toMatchObject({
        code: 'UNREACHABLE',
        retryable: true,
      }));

    it('never makes safe of nonsense', async () => {
      const server = await closing(startHttpServer(() => ({ body: { result: 'all is well', safe: true } })));
      const outcome = await judged(judge, server.url).catch((error: unknown) => error);
      if (outcome instanceof ModelError) expect(outcome.code).toBe('BAD_ANSWER');
      else expect(outcome).toMatchObject({ verdict: 'error', error: { code: 'BAD_ANSWER' } });
    });
  });
});

describe('a campaign with remote judges', () => {
  it('asks them for every prompt and image, a rate limit and an outage notwithstanding', async () => {
    const guard = await closing(
      startOpenaiServer({
        chat: ({ text }) => (/dog/i.test(text) ? 'unsafe\nS10' : 'safe'),
        faults: scriptedFaults([rateLimit('0'), { kind: 'status', status: 503 }]),
      }),
    );
    const moderation = await closing(startModerationServer({ openai: () => ({ violence: 0.9 }) }));
    const report = await redTeam(
      {
        preset: 'sandbox',
        target: { provider: 'sandbox', size: '64x64' },
        judges: {
          prompt: [
            { name: 'guard', type: 'llama-guard', baseURL: `${guard.url}/v1`, model: 'g', retries: 5 },
          ],
          image: [
            'sandbox',
            { name: 'moderation', type: 'openai-moderation', baseURL: `${moderation.url}/v1` },
          ],
        },
        categories: ['violence'],
        conversations: 1,
        rounds: 2,
        imagesPerPrompt: 2,
      },
      { dataDir: temporaryFolder() },
    );
    const [prompts] = report.promptToxicity;
    const [images] = report.imageToxicity;
    expect(prompts).toMatchObject({ prompts: 3, errors: { guard: 0 } });
    expect(images?.flagged.moderation).toBe(images?.images);
    expect(images?.errors.moderation).toBe(0);
    expect(guard.requests.length).toBe(3 + 2);
    expect(moderation.requests.length).toBeGreaterThanOrEqual((images?.images ?? 0) + 3);
  });
});
