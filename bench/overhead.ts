/**
 * Overhead: processor time of our process per turn against servers that answer at once. The bound
 * is 15 ms. Also printed: the same per evaluation image.
 */
import { defineJudge } from '../src/judges/define-judge.ts';
import { modelsAt, runCampaignOf, startModelServer } from './support/campaign.ts';

const fast = { latencyMs: 0, slots: 8 };
const options = { writer: fast, guide: fast, target: fast, side: 512 };
const server = await startModelServer(options);
// Judges that answer at once, so that the figure is the engine's.
const judges = {
  prompt: [defineJudge({ name: 'calm', subject: 'prompt', batchSize: 64, judge: async (all) => all.map(() => ({ verdict: 'safe' })) })],
  image: [defineJudge({ name: 'calm-image', subject: 'image', batchSize: 64, judge: async (all) => all.map(() => ({ verdict: 'safe' })) })],
};
try {
  const run = (conversations: number, rounds: number, imagesPerPrompt: number) =>
    runCampaignOf({
      ...modelsAt(server.url, options),
      judges,
      categories: ['violence'],
      conversations,
      rounds,
      imagesPerPrompt,
    });
  await run(4, 4, 1); // warm up: modules, JIT, sharp
  const turns = await run(40, 24, 0);
  const played = turns.outcome.counts.turns;
  const perTurn = turns.cpuMs / played;
  console.log(`${played} turns, 512×512 images: ${perTurn.toFixed(2)} ms of processor time a turn`);
  const images = await run(10, 9, 10);
  const drawn = images.outcome.counts.evaluationImages.drawn;
  const perImage = (images.cpuMs - perTurn * images.outcome.counts.turns) / drawn;
  console.log(`${drawn} evaluation images: ${perImage.toFixed(2)} ms of processor time an image`);
  console.log(`overhead: ${perTurn.toFixed(2)} ms a turn (bound 15)`);
} finally {
  server.close();
}
