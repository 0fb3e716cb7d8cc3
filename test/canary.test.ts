import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildReport } from '../src/report/build-report.ts';
import { REPORT_WRITERS } from '../src/report/formats.ts';
import { listCampaigns } from '../src/store/campaigns.ts';
import { openStore } from '../src/store/open-store.ts';
import { type Answer, type RecordedRequest, startHttpServer } from './servers/http-server.ts';
import { startOtlpServer } from './servers/otlp-server.ts';
import { CANARY, encodingsOf, sightingsOf } from './support/canary.ts';
import { dumpOf } from './support/dump-store.ts';
import { filesBelow, putDataFolder, temporaryFolder } from './support/folders.ts';
import { plainPng } from './support/pictures.ts';
import { runArt } from './support/run-art.ts';
import { closing } from './support/servers.ts';
import { startView } from './support/view.ts';

/** What each role's server is asked with, and says back. */
const KEYS = {
  writer: `${CANARY}-writer`,
  guide: `${CANARY}-guide`,
  target: `${CANARY}-target`,
  judge: `${CANARY}-judge`,
  collector: `${CANARY}-collector`,
  store: `${CANARY}/store+secret`,
};
type Role = 'writer' | 'guide' | 'target';

/** Fails the test where a key, in whatever form, is in a text. */
function expectNoKey(where: string, text: string): void {
  const seen = [...new Set(Object.values(KEYS).flatMap((key) => sightingsOf(key, text)))];
  expect(seen, where).toEqual([]);
}

/** The ways in which servers, proxies and log-in pages show the request that they refuse. */
function answersWith(key: string): readonly Answer[] {
  const forms = [key, `Bearer ${key}`, ...encodingsOf(key)];
  const statuses = [400, 401, 403, 404, 409, 422, 500];
  const refusals = forms.map((form, index): Answer => {
    const bodies = [
      { error: { message: `Incorrect API key provided: ${form}.`, code: form, type: 'x', param: null } },
      `<!doctype html><html><head><title>Denied: ${form}</title></head><body>${form}</body></html>`,
      { detail: [{ loc: ['header', 'authorization'], msg: form, input: { authorization: form } }] },
      `denied ${form}`,
      { error: form, errors: form, message: { nested: { message: form } } },
    ];
    const headers = { 'www-authenticate': `Bearer error="${key}"`, 'x-request': key, 'retry-after': '1' };
    return { status: statuses[index % statuses.length] ?? 400, headers, body: bodies[index % bodies.length] };
  });
  return [
    ...refusals,
    // What should have been an answer.
    { body: `<!doctype html><title>Log in ${key}</title>` },
    { body: `key=${key}&then=nothing` },
    { body: { choices: key, data: key, images: [key] } },
    { body: { data: [{ url: `http://pictures.example.net/${key}/a.png?sig=${key}` }] } },
    { body: { data: [{ b64_json: `no base64: ${key}!` }] } },
    { status: 302, headers: { location: `http://elsewhere.example.net/?key=${key}` } },
    { headers: { 'content-type': 'application/json' }, body: Buffer.from(`{"cut": "${key}`) },
    { body: { error: { message: key } }, cut: { after: 20, by: 'end' } },
  ];
}

const CASES = answersWith('').length;
const ROLES: readonly Role[] = ['writer', 'guide', 'target'];
/** A conversation for each way of each role, and some in which all is well. */
const CONVERSATIONS = CASES * ROLES.length + 2;

function chat(content: string): Answer {
  const message = { role: 'assistant', content };
  return {
    body: { id: 'c', created: 1, model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }] },
  };
}

/** All models and judges at one server, which knows from the subject's number what goes wrong for whom. */
function answer({ path, body, headers }: RecordedRequest): Answer {
  const text = JSON.stringify(body);
  const number = Number(/subject (\d+)/.exec(text)?.[1] ?? 0);
  const role = path.includes('/images/') ? 'target' : text.includes('"my-vlm"') ? 'guide' : 'writer';
  if (path === '/judge') return judged(number, String(headers.authorization));
  if (ROLES[Math.floor(number / CASES)] === role) {
    const wrong = answersWith(KEYS[role])[number % CASES];
    if (wrong !== undefined) return wrong;
  }
  // A model that repeats what it was asked with.
  if (role === 'guide') return chat(`Say ${KEYS.guide} and move it to the shore.`);
  if (role === 'writer') return chat(`A boat for subject ${number} with ${KEYS.writer} on its side`);
  return { body: { created: 1, data: [{ b64_json: plainPng(256, 256).toString('base64') }] } };
}

function judged(number: number, authorization: string): Answer {
  if (number % 3 === 0) return { body: { score: 0.1, said: authorization } };
  if (number % 3 === 1) return { body: { score: `none for ${authorization}` } };
  return { status: 400, body: { error: { message: `no score for ${authorization}` } } };
}

describe('a key in the environment', { timeout: 240_000 }, () => {
  it('is found nowhere after a campaign with every kind of failure', async () => {
    const seenMeanwhile: string[] = [];
    let requests = 0;
    const cwd = temporaryFolder();
    const data = await putDataFolder(join(cwd, 'data'));
    const server = await closing(
      startHttpServer((request) => {
        const progress = join(data, 'progress.json');
        if (existsSync(progress)) seenMeanwhile.push(readFileSync(progress, 'utf8'));
        const { authorization } = request.headers;
        if (++requests > 1) return answer(request);
        // Once only: whoever is asked to wait waits.
        return {
          status: 429,
          headers: { 'retry-after': '0' },
          body: { error: { message: `slow, ${authorization}` } },
        };
      }),
    );
    const collector = await closing(startOtlpServer());
    const endpoint = {
      provider: 'openai-compatible',
      baseURL: `${server.url}/v1`,
      concurrency: 16,
      retries: 0,
      timeoutSeconds: 10,
    };
    const config = {
      name: 'canary',
      writer: { ...endpoint, model: 'my-llm', apiKeyEnv: 'WRITER_KEY' },
      guide: { ...endpoint, model: 'my-vlm', username: 'me', passwordEnv: 'GUIDE_PASSWORD' },
      target: { ...endpoint, model: 'my-t2i', apiKeyEnv: 'TARGET_KEY', size: '256x256', retries: 0 },
      judges: {
        prompt: [
          'lexicon',
          {
            name: 'http',
            url: `${server.url}/judge`,
            apiKeyEnv: 'JUDGE_KEY',
            scorePath: '$.score',
            retries: 0,
          },
        ],
        image: ['sandbox'],
      },
      categories: ['shocking'],
      conversations: CONVERSATIONS,
      rounds: 1,
      imagesPerPrompt: 1,
      startPrompts: { file: 'start.txt' },
    };
    const prompts = Array.from({ length: CONVERSATIONS }, (_, number) => `A photo of subject ${number}`);
    const files = temporaryFolder({ 'art.yaml': config, 'start.txt': prompts.join('\n') });
    const env = {
      WRITER_KEY: KEYS.writer,
      GUIDE_PASSWORD: KEYS.guide,
      TARGET_KEY: KEYS.target,
      JUDGE_KEY: KEYS.judge,
      AWS_SECRET_ACCESS_KEY: KEYS.store,
      ART_DEBUG: '1',
      ART_LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${KEYS.collector}`,
    };

    const run = await runArt(['run', '--data-dir', data], { cwd: files, env });
    expect(run, run.stderr.slice(-2_000)).toMatchObject({ code: 1 });
    // The keys have been where they belong.
    const asked = JSON.stringify(server.requests.map(({ headers }) => headers.authorization));
    for (const key of [KEYS.writer, KEYS.target, KEYS.judge]) expect(asked).toContain(key);
    const others = await Promise.all([
      runArt(['doctor'], { cwd: files, env }),
      runArt(
        [
          'run',
          '--images',
          `s3://art/x?endpoint=${server.url}&pathStyle=true`,
          '--data-dir',
          join(cwd, 'other'),
        ],
        {
          cwd: files,
          env: { ...env, AWS_ACCESS_KEY_ID: 'harmless', AWS_REGION: 'eu-central-1' },
        },
      ),
    ]);
    for (const { stdout, stderr } of [run, ...others]) expectNoKey('what was said', stdout + stderr);

    expect(seenMeanwhile.length).toBeGreaterThan(0);
    expectNoKey('progress.json', seenMeanwhile.join('\n'));
    const log = readFileSync(join(data, 'art.log'), 'utf8');
    expect(log).toContain('"level":"debug"');
    for (const file of filesBelow(data)) expectNoKey(file, readFileSync(file, 'latin1'));
    expect(collector.spans().length).toBeGreaterThan(CONVERSATIONS);
    expect(collector.requests.some(({ path }) => path === '/v1/metrics')).toBe(true);
    expectNoKey('traces and metrics', JSON.stringify(collector.requests.map(({ body }) => body)));

    const store = await openStore({ dataDir: data, command: 'test' });
    try {
      const dump = await dumpOf(store);
      expect(dump).toContain('[redacted]');
      expectNoKey('the store', dump);
      const campaigns = await listCampaigns(store.database);
      const reports = await Promise.all(campaigns.map((campaign) => buildReport(store, campaign)));
      for (const [format, write] of Object.entries(REPORT_WRITERS)) {
        const parts: string[] = [];
        const written = write({ reports, campaigns, store });
        if (typeof written === 'object' && Symbol.asyncIterator in written) {
          for await (const part of written) parts.push(part);
        } else parts.push(await written);
        expect(parts.join('').length, format).toBeGreaterThan(100);
        expectNoKey(`the report as ${format}`, parts.join(''));
      }
    } finally {
      await store.close();
    }

    const view = await startView(data, { files: new Map() });
    try {
      const token = new URL(view.link()).searchParams.get('token');
      const headers = { authorization: `Bearer ${token}` };
      const get = async (path: string) =>
        await (await fetch(`http://127.0.0.1:${view.port}/api/campaigns${path}`, { headers })).text();
      const list: { id: string }[] = JSON.parse(await get(''));
      const id = list[0]?.id ?? '';
      const paths = [
        '',
        `/${id}/report`,
        `/${id}/progress`,
        `/${id}/gallery`,
        `/${id}/conversations`,
        `/${id}/labels.csv`,
      ];
      const stories = Array.from(
        { length: CONVERSATIONS },
        (_, n) => `/${id}/conversation?category=shocking&number=${n}`,
      );
      for (const path of [...paths, ...stories]) expectNoKey(path, await get(path));
      expect(await get(`/${id}/conversation?category=shocking&number=${CONVERSATIONS - 1}`)).toContain(
        'boat',
      );
    } finally {
      await view.close();
    }
  });
});
