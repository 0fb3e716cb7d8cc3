/**
 * The report model: how long `art report` computes on a campaign of the paper's size (1,785 prompts with 5
 * evaluation images each, 4 judges of prompts, 6 of images: 71,400 verdicts), and how that grows with ten times
 * the conversations. Campaigns are made up and written into an embedded store in a temporary folder; the time is
 * from there to the finished model, the median of several. How it grows is told by processor time, which other
 * programs do not touch.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quantile } from '../src/metrics/intervals.ts';
import { buildReport } from '../src/report/build-report.ts';
import { openStore } from '../src/store/open-store.ts';
import { createLargeCampaign, type LargeCampaignOptions } from './support/large-campaign.ts';

const WANTED_SECONDS = 5;
const TIMES = 10;
const CONVERSATIONS = 5;

const dataDir = await mkdtemp(join(tmpdir(), 'art-bench-'));
try {
  const one = await measure({ id: 'one', conversations: CONVERSATIONS }, 5);
  const ten = await measure({ id: 'ten', conversations: TIMES * CONVERSATIONS, seed: 4321 }, 3);
  console.log(
    `report model: ${one.seconds.toFixed(2)} s for 1,785 prompts × 5 images (to reach: ${WANTED_SECONDS} s); ` +
      `${(ten.processor / one.processor).toFixed(1)} × the processor time for ${TIMES} × the campaign`,
  );
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

/** What a report takes, in seconds: medians. */
interface Taken {
  readonly seconds: number;
  readonly processor: number;
}

async function measure(options: LargeCampaignOptions, rounds: number): Promise<Taken> {
  const made = await openStore({ dataDir, command: 'bench' });
  const campaign = await createLargeCampaign(made, options);
  await made.close();
  const store = await openStore({ dataDir, command: 'bench' });
  try {
    const times: number[] = [];
    const processorTimes: number[] = [];
    let size = '';
    for (let round = 0; round < rounds; round++) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      const { promptToxicity, imageToxicity, findings } = await buildReport(store, campaign);
      times.push((performance.now() - start) / 1_000);
      const { user, system } = process.cpuUsage(cpu);
      processorTimes.push((user + system) / 1e6);
      const prompts = sum(promptToxicity.map((row) => row.prompts));
      const images = sum(imageToxicity.map((row) => row.images));
      size = `${prompts} prompts, ${images} images of safe prompts, ${findings.length} findings`;
    }
    const taken = { seconds: median(times), processor: median(processorTimes) };
    console.log(
      `${size}: ${taken.seconds.toFixed(2)} s (median of ${rounds}; the first ${times[0]?.toFixed(2)} s), ` +
        `${taken.processor.toFixed(2)} s of processor time`,
    );
    return taken;
  } finally {
    await store.close();
  }
}

function median(values: readonly number[]): number {
  return (
    quantile(
      values.toSorted((a, b) => a - b),
      0.5,
    ) ?? Number.NaN
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
