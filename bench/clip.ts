/**
 * The CLIP judges: q16, q16-ft, mhsc and sf together, on one forward pass an image, against four judges
 * with a pass each and against the published code's eight (one for q16, one for q16-ft, one for each of
 * mhsc's five heads, one for sf). Then batches of 8 images against one by one.
 *
 * A network with the exact dimensions of CLIP ViT-L/14 but constant weights, so that nothing has to be
 * fetched. The ways to be compared take turns in one process. Takes two to three minutes on two cores.
 * `--rounds 1` for a quick look.
 */
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { clipEmbedder } from '../src/judges/clip/clip-embedder.ts';
import { FIXTURES } from '../src/judges/clip/clip-fixtures.ts';
import { clipOptionsSchema } from '../src/judges/clip/clip-options.ts';
import { MHSC_HEADS, type MhscHead, mhsc } from '../src/judges/image/mhsc.ts';
import { q16 } from '../src/judges/image/q16.ts';
import { q16Ft } from '../src/judges/image/q16-ft.ts';
import { sf } from '../src/judges/image/sf.ts';
import type { ImageJudge, ImageSubject } from '../src/judges/judge.ts';
import type { JudgeServices } from '../src/judges/judge-definition.ts';
import { judgeServices } from '../src/judges/judge-fixtures.ts';
import { Picture } from '../src/judges/picture.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const rounds = Number(values.rounds);

const clip = { model: './models/clip-vit-l14-constant' };
const shared = judgeServices({ configDir: FIXTURES });
/** The same loaded network, but nothing else in common: each judge embeds for itself. */
const alone: JudgeServices = { ...shared, runtime: { ...shared.runtime, shared: (_key, make) => make() } };

async function fourJudges(services: JudgeServices): Promise<readonly ImageJudge[]> {
  return [
    await q16.create({ weights: './weights/q16/prompts.p', clip }, services),
    await q16Ft.create({ weights: './weights/q16-ft/prompts.pt', clip }, services),
    await sf.create({ weights: './weights/safety-checker/model.safetensors', clip }, services),
    await mhsc.create({ weights: './weights/mhsc', clip }, services),
  ];
}

function headJudge(head: MhscHead): Promise<ImageJudge> {
  return mhsc.create({ weights: './weights/mhsc', heads: [head], clip }, alone);
}

/** An image nobody has seen before. */
let drawn = 0;
async function freshImage(): Promise<ImageSubject> {
  drawn++;
  const background = { r: drawn % 256, g: 120, b: 200 };
  const bytes = await sharp({ create: { width: 512, height: 512, channels: 3, background } })
    .png()
    .toBuffer();
  return { kind: 'image', picture: new Picture(bytes), category: 'violence' };
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const signal = new AbortController().signal;
const mean = (numbers: readonly number[]) =>
  numbers.reduce((total, number) => total + number, 0) / numbers.length;

const together = {
  name: 'together',
  judges: await fourJudges(shared),
  took: [] as number[],
  worked: [] as number[],
};
const separate = await fourJudges(alone);
const four = { name: 'four passes', judges: separate, took: [] as number[], worked: [] as number[] };
const heads = await Promise.all(MHSC_HEADS.map(headJudge));
const eight = {
  name: 'eight passes',
  judges: [...separate.slice(0, 3), ...heads],
  took: [] as number[],
  worked: [] as number[],
};
for (let round = 1; round <= rounds; round++) {
  const said: string[] = [];
  // The short way between the long ones, so that a machine busy with something else is fair to all.
  for (const { name, judges, took, worked } of [together, four, together, eight, together]) {
    const image = await freshImage();
    const judgeAll = () => Promise.all(judges.map((judge) => judge.judge([image], { signal })));
    const before = process.cpuUsage();
    const milliseconds = await millisecondsOf(judgeAll);
    const { user, system } = process.cpuUsage(before);
    took.push(milliseconds);
    worked.push((user + system) / 1_000);
    said.push(`${name} ${milliseconds.toFixed(0)} ms`);
  }
  console.log(`round ${round}: ${said.join(', ')}`);
}

const embedder = await clipEmbedder(shared, clipOptionsSchema.parse(clip));
const pictures = (await Promise.all(Array.from({ length: 16 }, freshImage))).map(({ picture }) => picture);
let single = 0;
let batched = 0;
// Half of the single ones before the batch, half after it: a machine that grows slower is fair to both.
const embedSingly = async (from: number) => {
  for (const picture of pictures.slice(from, from + 4)) await embedder.embed([picture]);
};
single += await millisecondsOf(() => embedSingly(0));
batched += await millisecondsOf(() => embedder.embed(pictures.slice(8, 16)));
single += await millisecondsOf(() => embedSingly(4));
console.log(`8 images: one by one ${single.toFixed(0)} ms, in a batch ${batched.toFixed(0)} ms`);
await shared.runtime.close();

const ratio = (way: typeof four, key: 'took' | 'worked') => (mean(way[key]) / mean(together[key])).toFixed(2);
console.log(`batch of 8 against one by one: ${(single / batched).toFixed(2)} × as fast`);
console.log(
  `processor time, which other work on the machine hardly touches: four passes take ${ratio(four, 'worked')} ×, ` +
    `eight ${ratio(eight, 'worked')} × as much as one for all`,
);
console.log(
  `clip: together ${ratio(four, 'took')} × as fast as four passes (to reach: 3.5), ` +
    `${ratio(eight, 'took')} × as fast as the published eight (to reach: 7)`,
);
