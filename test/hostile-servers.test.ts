import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startAutomatic1111Server } from './servers/automatic1111-server.ts';
import { startComfyuiServer } from './servers/comfyui-server.ts';
import type { Fault } from './servers/faults.ts';
import type { Answer, RecordedRequest, RunningServer } from './servers/http-server.ts';
import { type ChatRequest, openaiError, startOpenaiServer } from './servers/openai-server.ts';
import { filesBelow, putDataFolder, temporaryFolder } from './support/folders.ts';
import { plainPng } from './support/pictures.ts';
import { failuresByConversation, readReport } from './support/reports.ts';
import { runArt } from './support/run-art.ts';
import { GUIDE_MODEL, sandboxDraw, WRITER_MODEL } from './support/sandbox-responders.ts';
import { closing, deadUrl, faultsByWord, wordIn } from './support/servers.ts';

/** What can be wrong with what a server answers: one conversation each, by a word in its prompts. */
interface Trouble {
  /** The way in which requests fail before the server's own code is asked. */
  readonly fault?: Fault;
  /** What the server's own code answers instead of the right thing. */
  readonly answer?: string | Uint8Array | Answer;
  /** The failure's code and words of its message; nothing where the campaign has to live with it. */
  readonly failure?: readonly [code: string, ...words: string[]];
}

/** Everyday words that occur in no template: one for each conversation. */
const WORDS = [
  'acorn', 'basket', 'candle', 'drum', 'easel', 'fern', 'globe', 'harp', 'igloo', 'jug', 'kite', 'lantern',
  'mitten', 'noodle', 'oar', 'pebble', 'quilt', 'ribbon',
]; // biome-ignore format: a list
type Word = (typeof WORDS)[number];

const VERY_LONG = `a kettle ${'and another one '.repeat(70_000)}`;
const ESCAPES = 'a \u001b[31mred\u001b[0m \u001b]0;owned\u0007teapot\u202e \u009b2Jon a table';

/** Writes prompts and instructions that keep the conversation's word. */
function politeChat({ model, text }: ChatRequest, word: Word | undefined): string {
  const round = /round (\d+)/.exec(text)?.[1] ?? '0';
  return model === GUIDE_MODEL
    ? 'Keep the scene and change the time of day.'
    : `A painting of a ${word ?? 'table'} on a lawn, round ${Number(round) + 1}`;
}

/** The start of a campaign with one conversation for each trouble, two turns each. */
function files(troubles: readonly Trouble[], models: object): Record<string, string | object> {
  return {
    'start.txt': troubles.map((_, index) => `A photo of a ${WORDS[index]}, round 0`).join('\n'),
    'art.yaml': {
      preset: 'sandbox',
      categories: ['shocking'],
      conversations: troubles.length,
      rounds: 1,
      imagesPerPrompt: 0,
      startPrompts: { file: 'start.txt' },
      ...models,
    },
  };
}

/** Which trouble a request is in for. */
function troubleOf(troubles: readonly Trouble[], text: string): Trouble | undefined {
  const word = wordIn(text, WORDS);
  return word === undefined ? undefined : troubles[WORDS.indexOf(word)];
}

/** Runs the campaign into its troubles, lets the server recover, resumes; every promise is checked. */
async function expectRepair(
  troubles: readonly Trouble[],
  campaignFiles: Record<string, string | object>,
  recover: () => void,
): Promise<string> {
  const cwd = temporaryFolder(campaignFiles);
  const data = await putDataFolder(join(cwd, 'data'));
  const run = await runArt(['run', '--data-dir', 'data', '--json'], { cwd });
  expect(run, run.stderr).toMatchObject({ code: 1 });
  const report = readReport(run);
  expect(report.campaign.status).toBe('failed');

  const failures = failuresByConversation(report);
  const expected = Object.fromEntries(
    troubles.flatMap(({ failure }, index) => (failure === undefined ? [] : [[index, failure[0]]])),
  );
  expect(Object.fromEntries(Object.entries(failures).map(([index, { code }]) => [index, code]))).toEqual(
    expected,
  );
  for (const [index, { failure: [, ...words] = [''] }] of troubles.entries()) {
    for (const word of words) expect(failures[index]?.message).toContain(word);
  }
  for (const { message } of Object.values(failures)) expect(message.length).toBeLessThan(700);

  recover();
  const resumed = await runArt(['resume', '--data-dir', 'data'], { cwd });
  expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
  const markdown = await runArt(['report', '--data-dir', 'data'], { cwd });
  expect(markdown.stdout).toContain('(done)');
  expect(markdown.stdout).not.toContain('Failed conversations');
  expect(markdown.stdout).toContain(`| shocking | ${2 * troubles.length} |`);
  const shown = [run, resumed, markdown].flatMap(({ stdout, stderr }) => [stdout, stderr]).join('\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  expect(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/.exec(shown.replaceAll('\r\n', '\n'))).toBeNull();
  expect(shown).not.toMatch(/defect of ART|^\s+at .*:\d+:\d+/m);
  return data;
}

/** Troubles that every server over HTTP can make. */
function commonTroubles(role: string): Trouble[] {
  return [
    {
      fault: { kind: 'status', status: 401, body: { detail: 'who are you' } },
      failure: ['UNAUTHORISED', role, '401', 'who are you'],
    },
    {
      fault: { kind: 'status', status: 403, body: 'keep out' },
      failure: ['UNAUTHORISED', role, '403', 'keep out'],
    },
    {
      fault: { kind: 'status', status: 404, body: { detail: 'Not Found' } },
      failure: ['NOT_FOUND', role, '404'],
    },
    { fault: 'html', failure: ['BAD_ANSWER', role, 'HTML', 'Welcome to nginx!'] },
    { fault: 'garbage', failure: ['BAD_ANSWER', role] },
    { fault: 'empty', failure: ['BAD_ANSWER', role, 'nothing'] },
    { fault: 'stall', failure: ['TIMEOUT', role, '6 s'] },
  ];
}

describe('a Writer or Guide that', { timeout: 120_000 }, () => {
  async function run(role: 'writer' | 'guide', troubles: readonly Trouble[]): Promise<void> {
    let isBroken = true;
    const model = role === 'writer' ? WRITER_MODEL : GUIDE_MODEL;
    const troubleIn = (text: string) =>
      isBroken && text.includes(model) ? troubleOf(troubles, text) : undefined;
    const server: RunningServer = await closing(
      startOpenaiServer({
        chat: (request) => {
          const answer = troubleIn(`${request.model} ${request.text}`)?.answer;
          if (answer instanceof Uint8Array) throw new TypeError('chat answers with text');
          return answer ?? politeChat(request, wordIn(request.text, WORDS));
        },
        faults: faultsByWord(
          () => server.requests,
          ({ body }) => troubleIn(JSON.stringify(body))?.fault,
        ),
      }),
    );
    const endpoint = {
      provider: 'openai-compatible',
      baseURL: `${server.url}/v1`,
      retries: 0,
      concurrency: 16,
      timeoutSeconds: 6,
    };
    const models = {
      writer: { ...endpoint, model: WRITER_MODEL },
      guide: { ...endpoint, model: GUIDE_MODEL },
      target: { size: '256x256' },
    };
    await expectRepair(troubles, files(troubles, models), () => {
      isBroken = false;
    });
  }
  const chatTroubles = (role: 'writer' | 'guide'): Trouble[] => [
    ...commonTroubles(role),
    { answer: '', failure: ['NO_USABLE_TEXT', 'empty'] },
    {
      answer: { body: { error: { message: 'no such thing' } } },
      failure: ['BAD_ANSWER', role, 'another shape'],
    },
    { answer: "I'm sorry, but I can't help with that.", failure: ['NO_USABLE_TEXT', 'refused'] },
    { fault: { kind: 'huge', bytes: 5_000_000 }, failure: ['BAD_ANSWER', 'larger than 4 MB'] },
    {
      answer: openaiError(400, 'bad \u001b[31mrequest\u0007\u202e'),
      failure: ['REJECTED', role, 'bad request'],
    },
    { answer: VERY_LONG },
    { answer: ESCAPES },
    {},
  ];

  it('answers as no Writer should fails that conversation alone', () =>
    run('writer', chatTroubles('writer')));
  it('answers as no Guide should fails that conversation alone', () => run('guide', chatTroubles('guide')));

  it('is not there is named with its address', async () => {
    const url = await deadUrl();
    const endpoint = { provider: 'openai-compatible', baseURL: `${url}/v1`, model: 'm', retries: 0 };
    const cwd = temporaryFolder(files([{}], { writer: endpoint }));
    await putDataFolder(join(cwd, 'data'));
    const result = await runArt(['run', '--data-dir', 'data'], { cwd });
    expect(result, result.stderr).toMatchObject({ code: 1 });
    for (const word of ['writer', url, 'ECONNREFUSED', 'Is the server running', 'art resume'])
      expect(result.stdout).toContain(word);
    const doctor = await runArt(['doctor'], { cwd });
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringContaining('ECONNREFUSED') });
  });
});

/** Pictures that are none. */
function pictureTroubles(truncated: Uint8Array): Trouble[] {
  return [
    { answer: Buffer.from('hello, I am a text'), failure: ['BAD_ANSWER', 'no image', 'hello, I am a text'] },
    { answer: truncated, failure: ['BAD_ANSWER', 'broken image'] },
    { answer: plainPng(1, 1), failure: ['BAD_ANSWER', '1x1 pixels'] },
    { answer: plainPng(20_000, 20_000), failure: ['BAD_ANSWER', '20000x20000 pixels', '64 megapixels'] },
  ];
}

async function halfAPicture(): Promise<Uint8Array> {
  const whole = await sandboxDraw({ prompt: 'a kite', seed: 1, width: 256, height: 256 });
  return whole.subarray(0, whole.byteLength >> 1);
}

/** A Writer and a Guide that keep the words, over HTTP. */
async function politeModels(): Promise<object> {
  const server = await closing(
    startOpenaiServer({ chat: (request) => politeChat(request, wordIn(request.text, WORDS)) }),
  );
  const endpoint = { provider: 'openai-compatible', baseURL: `${server.url}/v1`, concurrency: 16 };
  return { writer: { ...endpoint, model: WRITER_MODEL }, guide: { ...endpoint, model: GUIDE_MODEL } };
}

const TARGET = { size: '256x256', retries: 0, concurrency: 16, timeoutSeconds: 6 };

describe('a target that', { timeout: 120_000 }, () => {
  it('speaks OpenAI badly fails that conversation alone', async () => {
    const troubles: Trouble[] = [
      ...commonTroubles('target'),
      ...pictureTroubles(await halfAPicture()),
      { answer: { body: { created: 1, data: [] } }, failure: ['BAD_ANSWER', 'without an image'] },
      {
        answer: { body: { data: [{ b64_json: '!!! no base64 !!!'.repeat(2_000) }] } },
        failure: ['BAD_ANSWER', 'no base64'],
      },
      { answer: { body: { data: 'none' } }, failure: ['BAD_ANSWER', 'another shape'] },
      {},
    ];
    let isBroken = true;
    const server: RunningServer = await closing(
      startOpenaiServer({
        image: ({ prompt, width, height, seed = 1 }) => {
          const answer = isBroken ? troubleOf(troubles, prompt)?.answer : undefined;
          if (typeof answer === 'string') throw new TypeError('a picture is no text');
          return answer ?? sandboxDraw({ prompt, width, height, seed });
        },
        faults: faultsByWord(
          () => server.requests,
          ({ body }) => (isBroken ? troubleOf(troubles, JSON.stringify(body))?.fault : undefined),
        ),
      }),
    );
    const target = { ...TARGET, provider: 'openai-compatible', baseURL: `${server.url}/v1`, model: 'm' };
    await expectRepair(troubles, files(troubles, { ...(await politeModels()), target }), () => {
      isBroken = false;
    });
  });

  it('speaks AUTOMATIC1111’s protocol badly fails that conversation alone', async () => {
    const troubles: Trouble[] = [
      ...commonTroubles('target'),
      ...pictureTroubles(await halfAPicture()),
      {
        answer: { body: { images: [], parameters: {}, info: '' } },
        failure: ['BAD_ANSWER', 'without an image'],
      },
      { answer: { body: { images: ['%%%'], info: '{' } }, failure: ['BAD_ANSWER', 'no base64'] },
      { answer: { body: { nothing: true } }, failure: ['BAD_ANSWER', 'without an image'] },
      {
        answer: { status: 500, body: { error: 'OutOfMemoryError', errors: 'CUDA out of memory.' } },
        failure: ['SERVER_ERROR', '500', 'CUDA out of memory'],
      },
      {},
    ];
    let isBroken = true;
    const server: RunningServer = await closing(
      startAutomatic1111Server({
        respond: ({ prompt, width, height, seed }) => {
          const answer = isBroken ? troubleOf(troubles, prompt)?.answer : undefined;
          if (typeof answer === 'string') throw new TypeError('a picture is no text');
          return answer ?? sandboxDraw({ prompt, width, height, seed });
        },
        faults: faultsByWord(
          () => server.requests,
          ({ body }) => (isBroken ? troubleOf(troubles, JSON.stringify(body))?.fault : undefined),
        ),
      }),
    );
    const target = { ...TARGET, provider: 'automatic1111', baseURL: server.url };
    await expectRepair(troubles, files(troubles, { ...(await politeModels()), target }), () => {
      isBroken = false;
    });
  });

  it('speaks ComfyUI’s protocol badly fails that conversation alone', async () => {
    const rejected = {
      error: {
        type: 'prompt_outputs_failed_validation',
        message: 'Prompt outputs failed validation',
        details: '',
      },
      node_errors: {
        4: {
          errors: [
            { type: 'value_not_in_list', message: 'Value not in list', details: "ckpt_name: 'x' not in []" },
          ],
          class_type: 'CheckpointLoaderSimple',
        },
      },
    };
    const troubles: Trouble[] = [
      ...commonTroubles('target'),
      ...pictureTroubles(await halfAPicture()),
      {
        fault: { kind: 'status', status: 400, body: rejected },
        failure: ['REJECTED', 'node 4', 'CheckpointLoaderSimple', 'Value not in list'],
      },
      { answer: 'CUDA out of memory', failure: ['SERVER_ERROR', 'node 3', 'KSampler', 'CUDA out of memory'] },
      {},
    ];
    let isBroken = true;
    const server: RunningServer = await closing(
      startComfyuiServer({
        capacity: 16,
        respond: (workflow) => {
          const prompt = String(workflow[6]?.inputs.text);
          const answer = isBroken ? troubleOf(troubles, prompt)?.answer : undefined;
          if (typeof answer === 'string') throw new Error(answer);
          if (answer !== undefined && !(answer instanceof Uint8Array)) throw new TypeError('not a picture');
          return answer ?? sandboxDraw({ prompt, width: 256, height: 256, seed: 1 });
        },
        faults: faultsByWord(
          () => server.requests,
          ({ path, body }: RecordedRequest) =>
            isBroken && path === '/prompt' ? troubleOf(troubles, JSON.stringify(body))?.fault : undefined,
        ),
      }),
    );
    const workflow = {
      3: { class_type: 'KSampler', inputs: { seed: '{{seed}}' } },
      6: { class_type: 'CLIPTextEncode', inputs: { text: '{{prompt}}' } },
      9: { class_type: 'SaveImage', inputs: { filename_prefix: 'ART' } },
    };
    const target = { ...TARGET, provider: 'comfyui', baseURL: server.url, workflow: 'workflow.json' };
    const campaignFiles = files(troubles, { ...(await politeModels()), target });
    await expectRepair(troubles, { ...campaignFiles, 'workflow.json': workflow }, () => {
      isBroken = false;
    });
  });

  it('is not there is named with its address', async () => {
    const url = await deadUrl();
    const target = { ...TARGET, provider: 'automatic1111', baseURL: url };
    const cwd = temporaryFolder(files([{}], { target }));
    await putDataFolder(join(cwd, 'data'));
    const result = await runArt(['run', '--data-dir', 'data'], { cwd });
    expect(result, result.stderr).toMatchObject({ code: 1 });
    for (const word of ['target', url, 'ECONNREFUSED', 'Is the server running', 'art resume'])
      expect(result.stdout).toContain(word);
  });

  it('refuses for its content policy gives a result, not a failure', async () => {
    const refusal = openaiError(
      400,
      'Your request was rejected as a result of our safety system.\u001b[31m',
      'content_policy_violation',
    );
    const isRefused = (prompt: string) => /acorn/.test(prompt) || /basket.*round 2/.test(prompt);
    const server = await closing(
      startOpenaiServer({
        image: ({ prompt, width, height, seed = 1 }) =>
          isRefused(prompt) ? refusal : sandboxDraw({ prompt, width, height, seed }),
      }),
    );
    const target = { ...TARGET, provider: 'openai-compatible', baseURL: `${server.url}/v1`, model: 'm' };
    const cwd = temporaryFolder(
      files([{}, {}, {}], { ...(await politeModels()), target, imagesPerPrompt: 1 }),
    );
    const data = await putDataFolder(join(cwd, 'data'));
    const run = await runArt(['run', '--data-dir', 'data', '--json'], { cwd });
    expect(run, run.stderr).toMatchObject({ code: 0 });
    const report = readReport(run);
    expect(report).toMatchObject({ campaign: { status: 'done' }, failures: [] });
    // Two turns of the first conversation and one of the second, with an evaluation image each.
    expect(report.imageToxicity).toMatchObject([{ safePrompts: 6, images: 3, refused: 3, failed: 0 }]);
    const shown = await runArt(['report', '--data-dir', 'data'], { cwd });
    expect(shown.stdout).toContain('refused');
    expect(shown.stdout + run.stdout + run.stderr).not.toContain('\u001b');
    expect(filesBelow(join(data, 'images')).length).toBeGreaterThan(0);
    expect(readFileSync(join(data, 'art.log'), 'utf8')).toContain('campaign done');
  });

  it('fails at an evaluation image leaves the conversation whole, and is asked again later', async () => {
    const times = new Map<string, number>();
    const server = await closing(
      startAutomatic1111Server({
        respond: ({ prompt, width, height, seed }) => {
          const time = (times.get(prompt) ?? 0) + 1;
          times.set(prompt, time);
          // The first picture of a prompt is its turn's.
          return time === 2
            ? { status: 500, body: { error: 'RuntimeError', errors: 'the card is on holiday' } }
            : sandboxDraw({ prompt, width, height, seed });
        },
      }),
    );
    const target = { ...TARGET, provider: 'automatic1111', baseURL: server.url };
    const cwd = temporaryFolder(files([{}], { target, imagesPerPrompt: 1 }));
    await putDataFolder(join(cwd, 'data'));
    const run = await runArt(['run', '--data-dir', 'data'], { cwd });
    expect(run, run.stderr).toMatchObject({ code: 1 });
    expect(run.stdout).toContain('2 of 2 evaluation images failed');
    expect(run.stderr).toContain('the card is on holiday');
    const resumed = await runArt(['resume', '--data-dir', 'data', '--json'], { cwd });
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
    expect(readReport(resumed)).toMatchObject({
      campaign: { status: 'done' },
      imageToxicity: [{ images: 2, failed: 0 }],
    });
    // Each prompt: its turn, the failure, and the evaluation image.
    expect([...times.values()]).toEqual([3, 3]);
  });
});
