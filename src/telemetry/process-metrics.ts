import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';

const RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

/**
 * Has a meter tell how the process itself is: memory, processor time, how late the event loop is.
 *
 * @param meter where the figures go
 * @returns ends it
 */
export function observeProcess(meter: Meter): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const startedAt = Date.now() / 1_000 - process.uptime();

  meter
    .createObservableGauge('art_process_memory_bytes', { description: 'Memory of the process, by kind.' })
    .addCallback((result) => {
      const { rss, heapUsed, external } = process.memoryUsage();
      result.observe(rss, { kind: 'resident' });
      result.observe(heapUsed, { kind: 'heap' });
      result.observe(external, { kind: 'external' });
    });
  meter
    .createObservableCounter('art_process_cpu_seconds_total', {
      description: 'Processor time used, in seconds.',
    })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage();
      result.observe(user / 1e6, { mode: 'user' });
      result.observe(system / 1e6, { mode: 'system' });
    });
  meter
    .createObservableGauge('art_process_start_time_seconds', {
      description: 'When the process began, in seconds since 1970.',
    })
    .addCallback((result) => result.observe(startedAt));
  meter
    .createObservableGauge('art_event_loop_lag_seconds', {
      description: 'How late the event loop was since the metrics were last read, in seconds.',
    })
    .addCallback((result) => {
      // The histogram holds the whole interval between two looks, of which one resolution is no lag.
      const lag = (nanoseconds: number) => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1_000);
      result.observe(lag(delay.percentile(50)), { quantile: '0.5' });
      result.observe(lag(delay.percentile(99)), { quantile: '0.99' });
      result.observe(lag(delay.max), { quantile: '1' });
      delay.reset();
    });
  return () => delay.disable();
}
