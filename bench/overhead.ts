/**
 * Overhead: processor time of our process per turn (Writer, target, Guide, judges, commit) against
 * servers that answer at once. The bound is 15 ms. Images are most of it, for they travel as base64 in
 * JSON, once from the target and once to the Guide; so it is measured with small and with large ones.
 */
import { modelsAt, runCampaignOf, startModelServer } from './support/campaign.ts';
import { INSTANT_JUDGES } from './support/instant-judges.ts';

const fast = { latencyMs: 0, slots: 8 };
let headline = Number.NaN;
for (const picture of ['photo', 'drawing'] as const) {
  const options = { writer: fast, guide: fast, target: fast, side: 512, picture };
  const server = await startModelServer(options);
  const run = (conversations: number, rounds: number, imagesPerPrompt: number) =>
    runCampaignOf({
      ...modelsAt(server.url, options),
      judges: INSTANT_JUDGES,
      categories: ['violence'],
      conversations,
      rounds,
      imagesPerPrompt,
    });
  try {
    await run(10, 9, 2); // warm up: modules, JIT, database
    const turns = await run(40, 24, 0);
    const played = turns.outcome.counts.turns;
    headline = turns.cpuMs / played;
    const images = await run(10, 9, 10);
    const drawn = images.outcome.counts.evaluationImages.drawn;
    const perImage = (images.cpuMs - headline * images.outcome.counts.turns) / drawn;
    console.log(
      `512×512 ${picture.padEnd(7)}: ${headline.toFixed(2)} ms of processor time a turn (${played} turns), ` +
        `${perImage.toFixed(2)} ms an evaluation image (${drawn} images)`,
    );
  } finally {
    server.close();
  }
}
console.log(`overhead: ${headline.toFixed(2)} ms a turn (bound 15)`);
