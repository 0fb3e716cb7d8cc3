/**
 * What telemetry costs a turn: everything that is called for one (its trace, three requests, three judges, the commit, the
 * counts), around work that takes no time. Without an SDK, with metrics, with metrics and traces.
 */
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BatchSpanProcessor, InMemorySpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { cleaningExporter } from '../src/telemetry/cleaning-exporter.ts';
import { startMetrics, stopMetrics } from '../src/telemetry/metrics-provider.ts';
import { observeRequest } from '../src/telemetry/observe-request.ts';
import { observeCommit, observeTurn } from '../src/telemetry/observe-stored.ts';
import { inSpan } from '../src/telemetry/tracing.ts';
import { TurnTrace } from '../src/telemetry/turn-trace.ts';
import { median } from './support/median.ts';

const TURNS = 5_000;
const REPEATS = 9;
const PLACE = { campaign: 'c1', category: 'weather', conversation: 1, round: 1 };
const RESULT = { waitedMs: 1, tookMs: 2, attempts: 1, usage: { inputTokens: 10, outputTokens: 5 } };
const VERDICTS = ['storms', 'words', 'thirds'].map((judge) => ({
  judge,
  subject: 'prompt',
  verdict: 'safe',
}));

async function turn(observed: boolean): Promise<void> {
  const work = async () => RESULT;
  const request = (endpoint: string) => (observed ? observeRequest(endpoint, work) : work());
  const judge = (name: string) => (observed ? inSpan('art.judge', { 'art.judge': name }, work) : work());
  const trace = new TurnTrace(PLACE);
  const within = <T>(act: () => Promise<T>) => (observed ? trace.within(act) : act());
  await within(() => request('guide'));
  await within(() => request('writer'));
  const play = async () => {
    await Promise.all([request('target'), ...VERDICTS.map((verdict) => judge(verdict.judge))]);
    await (observed ? observeCommit('turn', work) : work());
    if (observed) observeTurn({ outcome: 'drawn', turn: 1, promptVerdict: 'safe', verdicts: VERDICTS });
  };
  await (observed ? trace.play(play) : play());
}

/** Microseconds of a turn, the median of several runs. */
async function microseconds(observed: boolean): Promise<number> {
  const runs: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const beganAt = performance.now();
    for (let index = 0; index < TURNS; index++) await turn(observed);
    runs.push(((performance.now() - beganAt) * 1_000) / TURNS);
  }
  return median(runs);
}

await microseconds(true);
const bare = await microseconds(false);
const without = (await microseconds(true)) - bare;
startMetrics();
const metrics = (await microseconds(true)) - bare;
const exporter = cleaningExporter(new InMemorySpanExporter(), false);
const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const both = (await microseconds(true)) - bare;
await stopMetrics();
await provider.shutdown();

const show = (figure: number) => `${figure.toFixed(1)} µs`;
console.log(`${TURNS} turns, median of ${REPEATS}; the work itself takes no time`);
console.log(`with metrics ${show(metrics)}, with metrics and traces ${show(both)} a turn`);
console.log(`telemetry without an SDK: ${show(without)} a turn`);
