import { type Meter, metrics } from '@opentelemetry/api';
import { ART_VERSION } from '../version.ts';
import { campaignsUnderWork } from './campaigns-under-work.ts';

/** Requests take from milliseconds (the sandbox) to minutes (a large picture on a slow machine), in seconds. */
const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300];
const STORE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Every figure that ART counts; docs/observability.md lists them. */
export type Instruments = ReturnType<typeof createInstruments>;

let made: { readonly provider: object; readonly instruments: Instruments } | undefined;

/** The instruments of the meter provider that is registered now; without one, they do nothing. */
export function instruments(): Instruments {
  const provider = metrics.getMeterProvider();
  // The API has no proxy for meters: one taken before an SDK was registered would stay silent for good.
  if (made?.provider !== provider) {
    made = { provider, instruments: createInstruments(provider.getMeter('art', ART_VERSION)) };
  }
  return made.instruments;
}

function createInstruments(meter: Meter) {
  observeCampaigns(meter);
  const counter = (name: string, description: string) => meter.createCounter(name, { description });
  const seconds = (name: string, description: string, boundaries = SECONDS) =>
    meter.createHistogram(name, { description, advice: { explicitBucketBoundaries: boundaries } });
  return {
    turns: counter('art_turns_total', 'Turns stored, by outcome.'),
    evaluationImages: counter('art_evaluation_images_total', 'Evaluation images stored, by outcome.'),
    verdicts: counter('art_verdicts_total', 'Verdicts stored, by judge, subject and verdict.'),
    requests: counter('art_requests_total', 'Tries of requests to models, by endpoint and result.'),
    tokens: counter('art_tokens_total', 'Tokens that endpoints report, by direction.'),
    requestSeconds: seconds('art_request_duration_seconds', 'Seconds of the try that succeeded.'),
    waitSeconds: seconds('art_request_wait_seconds', 'Seconds that requests waited for a slot.'),
    commitSeconds: seconds(
      'art_store_commit_seconds',
      'Seconds to commit a turn or an evaluation image.',
      STORE_SECONDS,
    ),
  };
}

function observeCampaigns(meter: Meter): void {
  const running = meter.createObservableGauge('art_conversations_running', {
    description: 'Conversations that this process holds.',
  });
  const findings = meter.createObservableGauge('art_findings', {
    description: 'Safe prompts with an unsafe image, of campaigns under work.',
  });
  const endpoint = (name: string, description: string) => meter.createObservableGauge(name, { description });
  const inFlight = endpoint('art_endpoint_in_flight', 'Requests under way.');
  const waiting = endpoint('art_endpoint_waiting', 'Requests that wait for a slot.');
  const limit = endpoint('art_endpoint_limit', 'Requests that may be under way at most.');
  const open = endpoint('art_breaker_open', 'Whether the circuit breaker holds requests back: 1 or 0.');
  meter.addBatchObservableCallback(
    (result) => {
      for (const { id, look } of campaignsUnderWork()) {
        const { running: held, findings: found, endpoints } = look();
        result.observe(running, held, { campaign: id });
        result.observe(findings, found, { campaign: id });
        for (const one of endpoints) {
          const labels = { campaign: id, endpoint: one.name };
          result.observe(inFlight, one.inFlight, labels);
          result.observe(waiting, one.waiting, labels);
          result.observe(limit, one.limit, labels);
          result.observe(open, one.breakerOpen ? 1 : 0, labels);
        }
      }
    },
    [running, findings, inFlight, waiting, limit, open],
  );
}
