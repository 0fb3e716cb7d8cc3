import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { averageCosineSimilarity } from '../src/metrics/cosine.ts';
import { redTeam } from '../src/red-team.ts';
import { openStore } from '../src/store/open-store.ts';
import { readPromptEmbeddings } from '../src/store/prompt-embeddings.ts';
import { storeCampaign, turnOf } from '../src/store/store-fixtures.ts';
import { insertTurn } from '../src/store/turns.ts';
import { startHub } from './servers/hub-server.ts';
import { type EmbedRequest, openaiError, startOpenaiServer } from './servers/openai-server.ts';
import { putDataFolder, temporaryFolder } from './support/folders.ts';
import { readReport } from './support/reports.ts';
import { runArt, watchArt } from './support/run-art.ts';
import { closing } from './support/servers.ts';
import { putTinyEmbedder } from './support/tiny-embedder.ts';

const campaign = {
  preset: 'sandbox' as const,
  target: { size: '64x64' },
  categories: ['violence'],
  conversations: 1,
  rounds: 2,
  imagesPerPrompt: 0,
};
/** A vector that says how often four letters occur. */
const vectorOf = (text: string) => ['a', 'e', 'i', 'o'].map((letter) => text.split(letter).length);
const PATH = '/v1/embeddings';

/** A data folder with a campaign of so many prompts. */
async function storedCampaign(prompts: number): Promise<string> {
  const dataDir = await putDataFolder(join(temporaryFolder(), 'data'));
  const store = await openStore({ dataDir, command: 'test' });
  try {
    const [conversation] = await storeCampaign(store.database, 'stored');
    if (conversation === undefined) throw new Error('no conversation was stored');
    for (let round = 0; round < prompts; round++) {
      const turn = { prompt: `a boat and ${round} gulls`, evaluationImages: 0 };
      await insertTurn(store.database, turnOf(conversation, round, { turn }));
    }
  } finally {
    await store.close();
  }
  return dataDir;
}

async function vectorsIn(dataDir: string, campaign = 'stored') {
  const store = await openStore({ dataDir, command: 'test' });
  try {
    return await readPromptEmbeddings(store.database, campaign);
  } finally {
    await store.close();
  }
}

describe('an embedding model at a server', { timeout: 120_000 }, () => {
  it('makes a vector a prompt at the end of the campaign, and the report has CosSim', async () => {
    const asked: EmbedRequest[] = [];
    let calls = 0;
    const server = await closing(
      startOpenaiServer({
        apiKey: 'the-key-of-the-embedder',
        embed: (request) => {
          if (calls++ === 0) return openaiError(503, 'The model is loading.');
          asked.push(request);
          return request.input.map(vectorOf);
        },
      }),
    );
    vi.stubEnv('ART_TEST_EMBEDDER_KEY', 'the-key-of-the-embedder');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const warnings: string[] = [];
    const embedder = {
      provider: 'openai-compatible',
      baseURL: `${server.url}/v1`,
      model: 'my-embedder',
      apiKeyEnv: 'ART_TEST_EMBEDDER_KEY',
      providerOptions: { dimensions: 4 },
    };
    const { diversity } = await redTeam(
      { ...campaign, embedder },
      {
        dataDir: await putDataFolder(join(temporaryFolder(), 'data')),
        onWarning: (warning) => warnings.push(warning),
      },
    );
    expect(warnings).toEqual([]);
    expect(asked.map(({ body }) => body)).toEqual([
      {
        model: 'my-embedder',
        input: expect.any(Array),
        encoding_format: 'float',
        dimensions: 4,
      },
    ]);
    const prompts = asked.flatMap(({ input }) => input);
    expect(new Set(prompts).size).toBe(3);
    const similarity = averageCosineSimilarity(prompts.map((text) => Float32Array.from(vectorOf(text))));
    expect(diversity[0]?.cosSim).toBeCloseTo(1 - similarity, 5);
  });

  it('that fails ends nothing; art embed makes the vectors later', async () => {
    let works = false;
    const server = await closing(
      startOpenaiServer({
        embed: ({ input, model }) =>
          works ? input.map(vectorOf) : openaiError(404, `The model \`${model}\` does not exist.`),
      }),
    );
    const embedder = { provider: 'openai-compatible', baseURL: `${server.url}/v1`, model: 'e' };
    const cwd = temporaryFolder({ 'art.yaml': { ...campaign, embedder } });
    await putDataFolder(join(cwd, 'art-data'));
    const run = await runArt(['run', '--json'], { cwd });
    expect(run).toMatchObject({ code: 0 });
    expect(readReport(run).diversity).toMatchObject([{ cosSim: null }]);
    const problem = run.stderr.split('\n').find((line) => line.startsWith('{"event":"problem"'));
    expect(problem).toContain('so CosSim is not computed: The embedder (openai-compatible');
    expect(problem).toMatch(/The model `e` does not exist.*Try again with: art embed 2/);

    works = true;
    const embedded = await runArt(['embed'], { cwd });
    expect(embedded).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Embedded 3 of 3 prompts by openai-compatible · e\.\nReport {2}art report 2/,
      ),
    });
    const stored = await vectorsIn(join(cwd, 'art-data'), readReport(run).campaign.id);
    expect(stored?.vectors.size).toBe(3);
  });

  it('stops at Ctrl-C with what is in flight stored, and goes on from there', async () => {
    const server = await closing(
      startOpenaiServer({ embed: ({ input }) => input.map(vectorOf), latencyMs: 200 }),
    );
    const dataDir = await storedCampaign(80);
    const cwd = temporaryFolder();
    const embedder = JSON.stringify({
      provider: 'openai-compatible',
      baseURL: `${server.url}/v1`,
      model: 'e',
      concurrency: 1,
    });
    const args = ['embed', 'stored', '--data-dir', dataDir, '--embedder', embedder];
    const stopped = watchArt(args, { cwd });
    await server.asked(PATH);
    stopped.signal('SIGINT');
    expect(await stopped.ended).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(
        /Interrupted; the vectors so far are stored\. Go on with:\n {2}art embed stored/,
      ),
    });
    expect(await vectorsIn(dataDir)).toBeUndefined();

    const rest = await runArt([...args, '--json'], { cwd });
    expect(JSON.parse(rest.stdout)).toMatchObject({ event: 'embedded', campaign: 'stored', total: 80 });
    const inputs = server.requests.map(({ body }) => Reflect.get(Object(body), 'input').length);
    expect(inputs).toEqual([32, 32, 16]);
    expect((await vectorsIn(dataDir))?.vectors.size).toBe(80);
  });
});

describe('minilm', { timeout: 120_000 }, () => {
  it('comes from the Hub into the cache, and then works without a network', async () => {
    const folder = putTinyEmbedder(join(temporaryFolder(), 'model'));
    const hub = await closing(startHub({ 'sentence-transformers/all-MiniLM-L6-v2': folder }));
    const dataDir = await storedCampaign(3);
    const cwd = temporaryFolder();
    const env = { HF_ENDPOINT: hub.url, HF_HOME: join(cwd, 'cache'), HF_TOKEN: undefined };
    const args = ['embed', '--data-dir', dataDir];
    const first = await runArt(args, { cwd, env });
    expect(first, first.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Embedded 3 of 3 prompts by all-MiniLM-L6-v2.'),
      stderr: expect.stringContaining('fetched sentence-transformers/all-MiniLM-L6-v2/onnx/model.onnx'),
    });
    const stored = await vectorsIn(dataDir);
    for (const vector of stored?.vectors.values() ?? []) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);

    const offline = { ...env, HF_HUB_OFFLINE: '1' };
    const second = await runArt([...args, '--json', '--embedder', 'minilm'], { cwd, env: offline });
    expect(JSON.parse(second.stdout)).toEqual({
      event: 'embedded',
      campaign: 'stored',
      embedder: { name: 'all-MiniLM-L6-v2', revision: stored?.revision },
      embedded: 0,
      total: 3,
    });
  });

  it('whose weights cannot be had says what to do', async () => {
    const dataDir = await storedCampaign(1);
    const cwd = temporaryFolder();
    const embedder = JSON.stringify({ name: 'minilm', weights: './nowhere' });
    const { code, stderr } = await runArt(['embed', '--data-dir', dataDir, '--embedder', embedder], { cwd });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^error: The embedder minilm.*nowhere/);
  });
});
