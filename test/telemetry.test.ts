import { metrics, trace } from '@opentelemetry/api';
import sharp from 'sharp';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { redTeam } from '../src/index.ts';
import { serveWorkerStatus } from '../src/server/worker-server.ts';
import { prometheusMetrics } from '../src/telemetry/metrics-provider.ts';
import { startTelemetry } from '../src/telemetry/start-telemetry.ts';
import { TurnTrace } from '../src/telemetry/turn-trace.ts';
import { scriptedFaults } from './servers/faults.ts';
import { startOpenaiServer } from './servers/openai-server.ts';
import { type OtlpServer, type ReceivedSpan, startOtlpServer } from './servers/otlp-server.ts';
import { temporaryFolder } from './support/folders.ts';
import { closing, deadUrl } from './support/servers.ts';

const KEY = 'sk-canary-of-the-writer-4711';
const COLLECTOR_KEY = 'canary-of-the-collector-0815';
const CONVERSATIONS = 4;
const TURNS = CONVERSATIONS * 3;

afterEach(() => void vi.unstubAllEnvs());

/** Runs a small campaign over HTTP with telemetry as the environment says. */
async function campaignWith(env: Record<string, string>) {
  for (const [name, value] of Object.entries({ ...env, WRITER_KEY: KEY })) vi.stubEnv(name, value);
  const collector = await closing(startOtlpServer());
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', `authorization=Bearer ${COLLECTOR_KEY}`);
  const problems: string[] = [];
  const telemetry = await startTelemetry({
    env: process.env,
    configDir: process.cwd(),
    worker: 'worker-1',
    onProblem: (message) => problems.push(message),
  });
  onTestFinished(() => telemetry.stop());
  const prompts = new Set<string>();
  let meanwhile: Promise<string> | undefined;
  const server = await closing(
    startOpenaiServer({
      chat: ({ model, seed = 0 }) =>
        model === 'my-llm' ? `a boat with ${seed} lanterns on the lake` : 'Move it to the shore.',
      image: ({ prompt, seed = 0 }) => {
        prompts.add(prompt);
        meanwhile ??= prometheusMetrics();
        return picture(seed);
      },
      // The first request fails, with all that a server likes to quote.
      faults: scriptedFaults([
        {
          kind: 'status',
          status: 500,
          body: { error: { message: `${KEY} asked for a street in the rain` } },
        },
      ]),
    }),
  );
  const endpoint = { provider: 'openai-compatible', baseURL: `${server.url}/v1`, apiKeyEnv: 'WRITER_KEY' };
  const report = await redTeam(
    {
      target: { ...endpoint, model: 'my-t2i', size: '64x64', concurrency: 3 },
      writer: { ...endpoint, model: 'my-llm', concurrency: 2 },
      guide: { ...endpoint, model: 'my-vlm', concurrency: 2 },
      judges: { prompt: ['lexicon', 'profanity'], image: ['sandbox'] },
      categories: ['violence', 'shocking'],
      conversations: 2,
      rounds: 2,
      imagesPerPrompt: 2,
      seed: 11,
    },
    { dataDir: temporaryFolder() },
  );
  expect(report.campaign.status).toBe('done');
  return { collector, telemetry, problems, prompts: [...prompts], campaign: report.campaign.id, meanwhile };
}

function picture(seed: number): Promise<Buffer> {
  const background = { r: seed & 255, g: (seed >> 8) & 255, b: (seed >> 16) & 255 };
  return sharp({ create: { width: 64, height: 64, channels: 3, background } })
    .png()
    .toBuffer();
}

/** The spans of one trace, and what stands below what. */
function tracesOf(collector: OtlpServer): Map<string, ReceivedSpan[]> {
  return Map.groupBy(collector.spans(), ({ traceId }) => traceId);
}

function childrenOf(trace: readonly ReceivedSpan[], parent: ReceivedSpan): ReceivedSpan[] {
  return trace.filter(({ parentSpanId }) => parentSpanId === parent.spanId);
}

function endpointsOf(spans: readonly ReceivedSpan[]): string[] {
  return spans
    .filter(({ name }) => name === 'art.request')
    .map(({ attributes }) => String(attributes['art.endpoint']))
    .sort();
}

it('makes one trace a turn and one an evaluation image, and counts them, without prompts and keys', async () => {
  const { collector, telemetry, prompts, problems, campaign, meanwhile } = await campaignWith({
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  });
  await expectMetrics(campaign, prompts);
  const gauges = readPrometheus((await meanwhile) ?? '').filter(({ labels }) => labels.campaign === campaign);
  const gauge = (name: string, endpoint?: string) =>
    gauges.find((one) => one.name === name && one.labels.endpoint === endpoint)?.value;
  expect(gauge('art_endpoint_limit', 'target')).toBe(3);
  expect(gauge('art_endpoint_in_flight', 'target')).toBeGreaterThan(0);
  expect(gauge('art_breaker_open', 'writer')).toBe(0);
  expect(gauge('art_conversations_running')).toBeGreaterThan(0);
  expect(gauge('art_findings')).toBe(0);
  await telemetry.stop();
  expect(problems).toEqual([]);
  const traces = [...tracesOf(collector).values()];
  const roots = traces.map((trace) => trace.filter(({ parentSpanId }) => parentSpanId === ''));
  // Every trace has one root, and it is a turn or an evaluation image: pg-boss's polling makes none.
  expect(roots.every((root) => root.length === 1)).toBe(true);
  const named = (name: string) => traces.filter((trace) => trace.some((span) => span.name === name));
  const turns = named('art.turn');
  expect(turns).toHaveLength(TURNS);
  expect(new Set(roots.flat().map(({ name }) => name))).toEqual(new Set(['art.turn', 'art.evaluation']));
  expect(named('art.evaluation').length).toBeGreaterThan(0);
  expect(turns.length + named('art.evaluation').length).toBe(traces.length);

  for (const trace of turns) {
    const root = trace.find(({ name }) => name === 'art.turn');
    if (root === undefined) throw new Error('a turn without a root');
    expect(root.resource).toMatchObject({ 'service.name': 'art', 'service.instance.id': 'worker-1' });
    expect(root.attributes).toMatchObject({
      'art.campaign': campaign,
      'art.category': expect.stringMatching(/^(violence|shocking)$/),
      'art.conversation': expect.any(Number),
      'art.turn': expect.any(Number),
      'art.outcome': 'drawn',
      'art.verdict.prompt': expect.stringMatching(/^(un)?safe$/),
      'art.verdict.prompt.lexicon': expect.stringMatching(/^(un)?safe$/),
      'art.verdict.image.sandbox': expect.stringMatching(/^(un)?safe$/),
    });
    const children = childrenOf(trace, root);
    // The start prompt is played as it is; then the Guide and the Writer lead to each turn.
    const round = Number(root.attributes['art.round']);
    expect([...new Set(endpointsOf(children))]).toEqual(
      round === 0 ? expect.arrayContaining(['target']) : ['guide', 'target', 'writer'],
    );
    const judges = children
      .filter(({ name }) => name === 'art.judge')
      .map(({ attributes }) => attributes['art.judge']);
    expect(judges.sort()).toEqual(['lexicon', 'profanity', 'sandbox']);
    const [commit] = children.filter(({ name }) => name === 'art.store.turn');
    if (commit === undefined) throw new Error('a turn that was not committed');
    // The AI SDK's spans stand below the request that they are part of, pg-boss's below the commit that asks for work.
    const writing = children.find(({ attributes }) => attributes['art.endpoint'] === 'writer');
    if (writing !== undefined)
      expect(childrenOf(trace, writing).map(({ scope }) => scope)).toContain('gen_ai');
  }
  expect(collector.spans().filter(({ scope }) => scope === 'pg-boss').length).toBeGreaterThan(0);

  const ids = turns.map((trace) => trace.find(({ name }) => name === 'art.turn')?.attributes['art.turn']);
  expect(new Set(ids).size).toBe(TURNS);

  const sent = collector.text();
  expect(prompts.length).toBeGreaterThan(4);
  for (const prompt of prompts) expect(sent).not.toContain(prompt);
  expect(sent).not.toContain('street in the rain');
  expect(sent).not.toContain(KEY);
  expect(sent).not.toContain(COLLECTOR_KEY);
  expect(collector.requests[0]?.headers.authorization).toBe(`Bearer ${COLLECTOR_KEY}`);
});

it('speaks protobuf by default, and sends prompts and answers where somebody asks for them, but no key', async () => {
  const { collector, telemetry, prompts } = await campaignWith({
    OTEL_EXPORTER_OTLP_PROTOCOL: '',
    ART_TRACE_CONTENT: '1',
  });
  await telemetry.stop();
  expect(new Set(collector.requests.map(({ path }) => path))).toEqual(new Set(['/v1/traces', '/v1/metrics']));
  expect(collector.requests[0]?.headers['content-type']).toBe('application/x-protobuf');
  // Texts stand in protobuf as they are.
  const sent = collector.text();
  expect(prompts.some((prompt) => sent.includes(prompt))).toBe(true);
  expect(sent).not.toContain(KEY);
});

it('loads nothing and registers nothing where nobody asks', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', '');
  const before = metrics.getMeterProvider();
  const { stop } = await startTelemetry({ env: process.env, configDir: '/nowhere', onProblem: fail });
  expect(metrics.getMeterProvider()).toBe(before);
  expect(trace.getTracer('art').startSpan('art.turn').isRecording()).toBe(false);
  await stop();
});

it('says that a collector is down, and ends all the same', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', await deadUrl());
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '200');
  const problems: string[] = [];
  const { stop } = await startTelemetry({
    env: process.env,
    configDir: process.cwd(),
    onProblem: (message) => problems.push(message),
  });
  await new TurnTrace({ campaign: 'c1' }).play(async () => undefined);
  await stop();
  expect(problems).toEqual(expect.arrayContaining([expect.stringMatching(/^Telemetry: [^{]*ECONNREFUSED/)]));
});

function fail(message: string): void {
  throw new Error(message);
}

/** What Prometheus reads over HTTP is what was done. */
async function expectMetrics(campaign: string, prompts: readonly string[]): Promise<void> {
  const { url, close } = await serveWorkerStatus({
    host: '127.0.0.1',
    port: 0,
    health: () => ({ ok: true, reasons: [] }),
    readiness: async () => ({ ok: true, reasons: [] }),
    metrics: prometheusMetrics,
  });
  onTestFinished(close);
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = readPrometheus(text);
  const sum = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    samples
      .filter(
        (one) =>
          one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
      )
      .reduce((total, { value }) => total + value, 0);
  expect(sum('art_turns_total', { campaign, outcome: 'drawn' })).toBe(TURNS);
  expect(sum('art_turns_total', { category: 'violence' })).toBe(TURNS / 2);
  const images = sum('art_evaluation_images_total', { outcome: 'drawn' });
  expect(images).toBe(2 * TURNS);
  expect(sum('art_verdicts_total', { subject: 'prompt', judge: 'lexicon' })).toBe(TURNS);
  expect(sum('art_verdicts_total', { subject: 'evaluation image' })).toBe(images);
  expect(sum('art_requests_total', { endpoint: 'target', result: 'ok' })).toBe(TURNS + images);
  // The first request of all was answered with a 500, and made again.
  expect(sum('art_requests_total', { result: 'SERVER_ERROR' })).toBe(1);
  expect(sum('art_request_duration_seconds_count', { endpoint: 'target' })).toBe(TURNS + images);
  expect(sum('art_request_wait_seconds_count')).toBeGreaterThan(TURNS + images);
  expect(sum('art_store_commit_seconds_count')).toBe(TURNS + images);
  expect(sum('art_tokens_total', { endpoint: 'writer', direction: 'output' })).toBeGreaterThan(0);
  expect(sum('art_process_memory_bytes', { kind: 'resident' })).toBeGreaterThan(1e6);
  expect(sum('messaging_client_sent_messages_total')).toBeGreaterThan(0);
  expect(samples.some(({ labels }) => 'messaging_destination_name' in labels)).toBe(false);
  for (const prompt of prompts) expect(text).not.toContain(prompt);
  expect(text).not.toContain(KEY);
  // The campaign is over: nothing is said of its endpoints any more.
  expect(samples.some(({ name }) => name === 'art_endpoint_in_flight')).toBe(false);
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads Prometheus's text format; a line that is none of it is an error. */
function readPrometheus(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || /^# (HELP|TYPE|UNIT) [a-zA-Z_:][\w:]* ?.*$/.test(line)) continue;
    const parsed = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/.exec(
      line,
    );
    if (parsed === null) throw new Error(`This is no line of Prometheus's: ${line}`);
    const [, name = '', labels = '', value] = parsed;
    const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
    samples.push({
      name,
      labels: Object.fromEntries(pairs.map(([, key = '', word = '']) => [key, word])),
      value: Number(value),
    });
  }
  return samples;
}
