/**
 * Memory of a worker on a PostgreSQL server at 20,000 turns against that at 2,000: what stays after garbage collections,
 * and the peak of the process. Models answer at once, in the worker itself; each size has a worker process of its own.
 * At most 1.2 is wanted. Takes some ten minutes; `--turns 200,2000` for a quick look.
 */
import { parseArgs } from 'node:util';
import { startPostgres } from '../test/support/postgres.ts';
import { runWorkers } from './support/run-workers.ts';

const TURNS_A_CONVERSATION = 50;

const { values } = parseArgs({ options: { turns: { type: 'string', default: '2000,20000' } } });
const sizes = values.turns.split(',').map(Number);
const inProcess = { provider: 'sandbox', concurrency: 8, timeoutSeconds: 60 };
const server = await startPostgres();
const heaps: number[] = [];
const peaks: number[] = [];
try {
  for (const turns of sizes) {
    const { counts, wallMs, workers } = await runWorkers(1, await server.createDatabase(`memory_${turns}`), {
      models: { kind: 'in process', latencyMs: 0 },
      config: {
        target: inProcess,
        writer: inProcess,
        guide: inProcess,
        // Of two categories.
        conversations: turns / TURNS_A_CONVERSATION / 2,
        rounds: TURNS_A_CONVERSATION - 1,
        imagesPerPrompt: 1,
      },
      watchMemory: true,
    });
    for (const { memory } of workers) {
      heaps.push(memory.heapMb);
      peaks.push(memory.peakMb);
      console.log(
        `${counts.turns} turns and ${counts.evaluationImages.drawn} evaluation images in ${(wallMs / 1_000).toFixed(0)} s: ` +
          `${memory.heapMb.toFixed(0)} MB after garbage collections, peak of the process ${memory.peakMb.toFixed(0)} MB`,
      );
    }
  }
} finally {
  await server.stop();
}
const ratio = (values: readonly number[]) => ((values.at(-1) ?? 0) / (values.at(0) ?? 0)).toFixed(2);
console.log(
  `worker memory: at ${sizes.at(-1)} turns ${ratio(heaps)} × the heap and ${ratio(peaks)} × the peak at ${sizes.at(0)} (at most 1.2)`,
);
