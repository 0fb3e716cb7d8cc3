/**
 * Memory: the peak of our process at 20,000 evaluation images against the peak at 2,000, each in a
 * process of its own. At most 1.2 is wanted: memory must not grow with the campaign.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { modelsAt, runCampaignOf, startModelServer } from './support/campaign.ts';
import { INSTANT_JUDGES } from './support/instant-judges.ts';

const [conversations] = process.argv.slice(2).map(Number);
if (conversations === undefined) {
  const run = promisify(execFile);
  const peakAt = async (count: number) => {
    const { stdout } = await run(process.execPath, [fileURLToPath(import.meta.url), String(count)]);
    console.log(stdout.trim());
    return Number(/peak ([\d.]+) MB/.exec(stdout)?.[1]);
  };
  const small = await peakAt(10);
  const large = await peakAt(100);
  console.log(
    `memory: peak at 20,000 evaluation images is ${(large / small).toFixed(2)} × the peak at 2,000 (at most 1.2)`,
  );
} else {
  const fast = { latencyMs: 0, slots: 8 };
  const options = { writer: fast, guide: fast, target: fast, side: 256, picture: 'photo' as const };
  const server = await startModelServer(options);
  try {
    const { outcome } = await runCampaignOf({
      ...modelsAt(server.url, options),
      judges: INSTANT_JUDGES,
      categories: ['violence'],
      conversations,
      rounds: 9,
      imagesPerPrompt: 20,
    });
    // In kilobytes, of this process alone.
    const peak = process.resourceUsage().maxRSS / 1_024;
    console.log(`${outcome.counts.evaluationImages.drawn} evaluation images: peak ${peak.toFixed(0)} MB`);
  } finally {
    server.close();
  }
}
