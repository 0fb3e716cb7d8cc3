import { Session } from 'node:inspector/promises';
import { writeFileSync } from 'node:fs';
import { defineJudge } from '../src/judges/define-judge.ts';
import { modelsAt, runCampaignOf, startModelServer } from './support/campaign.ts';
const fast = { latencyMs: 0, slots: 8 };
const options = { writer: fast, guide: fast, target: fast, side: 512 };
const server = await startModelServer(options);
const judges = {
  prompt: [defineJudge({ name: 'calm', subject: 'prompt', batchSize: 64, judge: async (all) => all.map(() => ({ verdict: 'safe' })) })],
  image: [defineJudge({ name: 'calm-image', subject: 'image', batchSize: 64, judge: async (all) => all.map(() => ({ verdict: 'safe' })) })],
};
const run = (c: number, r: number, i: number) => runCampaignOf({ ...modelsAt(server.url, options), judges, categories: ['violence'], conversations: c, rounds: r, imagesPerPrompt: i });
await run(4, 4, 1);
const t1 = await run(10, 29, 0);
console.log(t1.outcome.counts.turns, t1.cpuMs/t1.outcome.counts.turns, t1.wallMs/t1.outcome.counts.turns);
const s = new Session(); s.connect(); await s.post('Profiler.enable'); await s.post('Profiler.start');
const t = await run(10, 29, 0);
const { profile } = await s.post('Profiler.stop');
writeFileSync('/tmp/prof/x.cpuprofile', JSON.stringify(profile));
console.log(t.outcome.counts.turns, t.cpuMs/t.outcome.counts.turns, t.wallMs/t.outcome.counts.turns);
server.close();
