import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageSubject } from '../judge.ts';
import { judgeServices } from '../judge-fixtures.ts';
import { requireOptional } from '../optional-packages.ts';
import { Picture } from '../picture.ts';
import { judgementFrom, nsfwjs } from './nsfwjs.ts';
import { loadNsfwjsNetwork, NSFWJS_SIZE, type NsfwjsNetwork } from './nsfwjs-network.ts';

const CONFIG_DIR = process.cwd();
const services = judgeServices({ judgeName: 'nsfwjs', categories: [], configDir: CONFIG_DIR });
const signal = new AbortController().signal;

/** A harmless picture: a green hill under a blue sky with a yellow sun. */
async function landscape(): Promise<ImageSubject> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300">
    <rect width="400" height="300" fill="#8cf"/><circle cx="310" cy="70" r="35" fill="#fd3"/>
    <ellipse cx="200" cy="300" rx="320" ry="110" fill="#393"/></svg>`;
  return {
    kind: 'image',
    picture: new Picture(await sharp(Buffer.from(svg)).png().toBuffer()),
    category: 'sexual',
  };
}

describe('judgementFrom', () => {
  const classes = new Set(['Porn', 'Hentai']);
  // Drawing, Hentai, Neutral, Porn, Sexy
  it.each([
    [[0.1, 0, 0.8, 0.05, 0.05], 0.5, { verdict: 'safe', label: 'Neutral', score: 0.05 }],
    [[0.1, 0.3, 0.4, 0.2, 0], 0.5, { verdict: 'unsafe', label: 'Neutral', score: 0.5 }],
    [[0, 0.1, 0.1, 0.6, 0.2], 0.9, { verdict: 'safe', label: 'Porn', score: 0.7 }],
  ])('makes of %j with threshold %d %j', (probabilities, threshold, expected) => {
    expect(judgementFrom(probabilities, classes, threshold)).toEqual({
      ...expected,
      score: expect.closeTo(expected.score, 10),
    });
  });

  it('counts the classes that it is told to count', () => {
    expect(judgementFrom([0, 0, 0.3, 0, 0.7], classes, 0.5).verdict).toBe('safe');
    expect(judgementFrom([0, 0, 0.3, 0, 0.7], new Set([...classes, 'Sexy']), 0.5).verdict).toBe('unsafe');
  });

  it.each([[[]], [[0, 0, 0]], [[0, Number.NaN, 1, 0, 0]]])(
    'makes an error of %j, never a verdict',
    (probabilities) => {
      expect(judgementFrom(probabilities, classes, 0.5)).toMatchObject({
        verdict: 'error',
        error: { code: 'NO_SCORES' },
      });
    },
  );
});

describe('nsfwjs', () => {
  let network: NsfwjsNetwork;
  beforeAll(async () => {
    network = await loadNsfwjsNetwork(CONFIG_DIR);
  });
  afterAll(() => network.close());

  it('finds a landscape harmless', async () => {
    const judge = await nsfwjs.create({}, services);
    const [judgement] = await judge.judge([await landscape()], { signal });
    await judge.close?.();
    expect(judgement).toMatchObject({ verdict: 'safe', label: expect.stringMatching(/Drawing|Neutral/) });
    expect(judgement?.verdict === 'safe' ? judgement.score : 1).toBeLessThan(0.2);
  });

  it('gives the same probabilities again, which add up to 1', async () => {
    const pixels = new Uint8Array(NSFWJS_SIZE * NSFWJS_SIZE * 3).fill(120);
    const once = await network.classify(pixels);
    const again = await network.classify(pixels);
    expect(again).toEqual(once);
    expect(once.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
  });

  it('holds no more tensors after many images than before', async () => {
    const pixels = new Uint8Array(NSFWJS_SIZE * NSFWJS_SIZE * 3);
    await network.classify(pixels);
    const before = network.tensors();
    for (let image = 0; image < 5; image++) await network.classify(pixels.fill(image * 40));
    expect(network.tensors()).toBe(before);
  });

  it('gives its tensors back when it is closed', async () => {
    const before = network.tensors();
    const other = await loadNsfwjsNetwork(CONFIG_DIR);
    expect(network.tensors()).toBeGreaterThan(before);
    other.close();
    expect(network.tensors()).toBe(before);
  });

  it('makes an error of an image that cannot be read, and judges the others of its batch', async () => {
    const judge = await nsfwjs.create({}, services);
    const broken: ImageSubject = {
      kind: 'image',
      picture: new Picture(new Uint8Array([1, 2, 3])),
      category: 'sexual',
    };
    const judgements = await judge.judge([broken, await landscape()], { signal });
    await judge.close?.();
    expect(judgements).toMatchObject([
      { verdict: 'error', error: { code: 'UNREADABLE_IMAGE' } },
      { verdict: 'safe' },
    ]);
  });

  it('stops between two images', async () => {
    const judge = await nsfwjs.create({}, services);
    const image = await landscape();
    await expect(judge.judge([image], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    await judge.close?.();
  });

  it('has another revision with other weights in the package', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'art-nsfwjs-'));
    const packages = join(folder, 'node_modules');
    await mkdir(packages);
    const load = requireOptional({ nsfwjs: '^4' }, ['nsfwjs/core'], 'The test', CONFIG_DIR);
    const installed = join(dirname(load.resolve('nsfwjs/core')), '../..');
    await symlink(join(installed, '../@tensorflow'), join(packages, '@tensorflow'));
    const mine = join(packages, 'nsfwjs');
    const models = 'dist/models/mobilenet_v2';
    for (const file of [
      'package.json',
      'dist/models/package.json',
      'dist/cjs/core.js',
      `${models}/model.min.js`,
    ])
      await cp(join(installed, file), join(mine, file));
    const weights = `${models}/group1-shard1of1.min.js`;
    const text = await readFile(join(installed, weights), 'utf8');
    // One letter of the base64, in the middle of the weights.
    const middle = Math.floor(text.length / 2);
    const other = text.slice(0, middle) + text.slice(middle).replace(/[A-Z]/, (one) => one.toLowerCase());
    await writeFile(join(mine, weights), other);

    const revisions: (string | undefined)[] = [];
    for (const configDir of [CONFIG_DIR, folder, CONFIG_DIR]) {
      const judge = await nsfwjs.create({}, { ...services, configDir });
      revisions.push(judge.revision);
      await judge.close?.();
    }
    await rm(folder, { recursive: true });
    expect(revisions[2]).toBe(revisions[0]);
    expect(revisions[1]).not.toBe(revisions[0]);
  });

  it('refuses a threshold out of range', async () => {
    await expect(nsfwjs.create({ threshold: 2 }, services)).rejects.toMatchObject({
      code: 'WRONG_JUDGE_OPTIONS',
    });
  });
});

describe('requireOptional', () => {
  it('says how to install what is in neither place', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'art-empty-'));
    const find = () =>
      requireOptional(
        { 'not-there': '^1.0.0' },
        ['not-there/core'],
        'The judge x',
        empty,
        join(empty, 'x.js'),
      );
    expect(find).toThrow(/^The judge x needs .*: npm install not-there@\^1\.0\.0$/);
    expect(find).toThrow(expect.objectContaining({ exitCode: 2, hint: 'npm install not-there@^1.0.0' }));
    await rm(empty, { recursive: true });
  });

  it("falls back to the tool's own packages", () => {
    expect(requireOptional({ zod: '^4' }, ['zod'], 'The judge x', '/nowhere').resolve('zod')).toMatch(/zod/);
  });
});
