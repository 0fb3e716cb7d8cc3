/**
 * Scheduler efficiency: how close a campaign comes to keeping the target busy all the time.
 *
 * Fixed-latency servers on loopback (Writer 300 ms × 8 at a time, Guide 500 ms × 8, target 1,000 ms ×
 * 4), 40 conversations × 10 rounds and 5 images a prompt. Efficiency = (requests to the target ×
 * 1 s / 4) ÷ wall time; the bound is 1. Takes eleven minutes; `--scale 0.1` runs with a tenth of
 * each latency for a quick look, in which our own overhead weighs ten times as much.
 */
import { parseArgs } from 'node:util';
import { modelsAt, runCampaignOf, startModelServer } from './support/campaign.ts';
import { INSTANT_JUDGES } from './support/instant-judges.ts';

const { values } = parseArgs({ options: { scale: { type: 'string', default: '1' } } });
const scale = Number(values.scale);
const options = {
  writer: { latencyMs: 300 * scale, slots: 8 },
  guide: { latencyMs: 500 * scale, slots: 8 },
  target: { latencyMs: 1_000 * scale, slots: 4 },
  side: 512,
  picture: 'photo' as const,
};
const server = await startModelServer(options);
try {
  const { outcome, wallMs, cpuMs } = await runCampaignOf({
    ...modelsAt(server.url, options),
    judges: INSTANT_JUDGES,
    categories: ['violence'],
    conversations: 40,
    rounds: 10,
    imagesPerPrompt: 5,
  });
  const { counts } = outcome;
  const requests = counts.turns + counts.evaluationImages.drawn;
  const boundMs = (requests * options.target.latencyMs) / options.target.slots;
  console.log(
    `${counts.turns} turns and ${counts.evaluationImages.drawn} evaluation images in ${(wallMs / 1_000).toFixed(1)} s ` +
      `(bound ${(boundMs / 1_000).toFixed(1)} s), ${((100 * cpuMs) / wallMs).toFixed(0)} % of a core`,
  );
  console.log(
    `scheduler efficiency${scale === 1 ? '' : ` at ${scale} of the latencies`}: ${(boundMs / wallMs).toFixed(3)} (to reach: 0.95)`,
  );
} finally {
  server.close();
}
