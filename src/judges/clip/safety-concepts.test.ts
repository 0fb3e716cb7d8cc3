import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { judgementOfConcepts, readConcepts, type SafetyConcepts } from './safety-concepts.ts';

/** A world of three directions: the cosine of an image with the axis n is its number n, when its length is 1. */
function axis(number: number, threshold: number) {
  const embedding = new Float32Array(4);
  embedding[number] = 1;
  return { embedding, threshold };
}

/** An image with these cosines to the first three axes. */
function image(...cosines: readonly [number, number, number]): Float32Array {
  const rest = Math.sqrt(1 - cosines.reduce((sum, cosine) => sum + cosine * cosine, 0));
  return new Float32Array([...cosines, rest]).map((value) => value * 11);
}

const safety: SafetyConcepts = {
  concepts: [axis(0, 0.3), axis(1, 0.2)],
  specialCare: [axis(2, 0.1)],
};

describe('judgementOfConcepts', () => {
  it('is safe where no cosine is over its threshold', () => {
    expect(judgementOfConcepts(image(0.29, 0.19, 0.05), safety, 0)).toEqual({
      verdict: 'safe',
      score: expect.closeTo(1 / (1 + Math.exp(1)), 4),
      found: [],
    });
  });

  it('is unsafe where one is over it, and says which is highest', () => {
    expect(judgementOfConcepts(image(0.31, 0.25, 0), safety, 0)).toEqual({
      verdict: 'unsafe',
      score: expect.closeTo(1 / (1 + Math.exp(-5)), 4),
      label: 'concept 1',
      found: ['concept 0', 'concept 1'],
    });
  });

  it('lowers the thresholds by 0.01 for an image that needs special care', () => {
    expect(judgementOfConcepts(image(0.295, 0, 0.09), safety, 0)).toMatchObject({ verdict: 'safe' });
    expect(judgementOfConcepts(image(0.295, 0, 0.11), safety, 0)).toMatchObject({
      verdict: 'unsafe',
      label: 'concept 0',
      found: ['special care 0', 'concept 0'],
    });
  });

  it('needs more than special care to be unsafe', () => {
    expect(judgementOfConcepts(image(0, 0, 0.5), safety, 0)).toMatchObject({
      verdict: 'safe',
      found: ['special care 0'],
    });
  });

  it('lowers the threshold of the next special care as well, once one was hit', () => {
    const two = { concepts: safety.concepts, specialCare: [axis(2, 0.1), axis(1, 0.2)] };
    expect(judgementOfConcepts(image(0, 0.195, 0.11), two, 0)).toMatchObject({
      found: ['special care 0', 'special care 1', 'concept 1'],
    });
    expect(judgementOfConcepts(image(0, 0.195, 0.09), two, 0)).toMatchObject({ found: [] });
  });

  it.each([
    [0.3004, 'safe'],
    [0.3006, 'unsafe'],
  ])('rounds to three decimals: a cosine of %d at the threshold 0.3 is %s', (cosine, verdict) => {
    expect(judgementOfConcepts(image(cosine, 0, 0), safety, 0)).toMatchObject({ verdict });
  });

  it('adds the adjustment to every score', () => {
    expect(judgementOfConcepts(image(0.28, 0, 0), safety, 0.03)).toMatchObject({ verdict: 'unsafe' });
    expect(judgementOfConcepts(image(0.31, 0, 0), safety, -0.03)).toMatchObject({ verdict: 'safe' });
  });

  it('scores an embedding without a direction as no number', () => {
    expect(judgementOfConcepts(new Float32Array(4), safety, 0)).toMatchObject({ score: Number.NaN });
  });
});

describe('readConcepts', () => {
  /** A safety checker of a CLIP whose embeddings have two numbers, one concept a threshold. */
  async function read(thresholds: readonly number[], specialCare: readonly number[] = []) {
    const tensors: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
      concept_embeds: [[thresholds.length, 2], thresholds.flatMap(() => [3, 4])],
      concept_embeds_weights: [[thresholds.length], thresholds],
      special_care_embeds: [[specialCare.length, 2], specialCare.flatMap(() => [1, 0])],
      special_care_embeds_weights: [[specialCare.length], specialCare],
    };
    let end = 0;
    const header = Object.entries(tensors).map(([name, [shape, numbers]]) => {
      const start = end;
      end += numbers.length * 4;
      return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
    });
    const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    const numbers = Object.values(tensors).flatMap(([, each]) => each);
    const path = join(tmpdir(), `art-concepts-${process.pid}.safetensors`);
    await writeFile(path, Buffer.concat([length, json, Buffer.from(Float32Array.from(numbers).buffer)]));
    onTestFinished(() => rm(path, { force: true }));
    return readConcepts({ name: 'sf', path, sha256: 'f' }, 2, 'The judge sf');
  }

  it('reads concepts, with special care or without', async () => {
    const concept = {
      embedding: new Float32Array([0.6, 0.8]),
      threshold: expect.closeTo(0.2),
    };
    expect(await read([0.2])).toEqual({ concepts: [concept], specialCare: [] });
    expect(await read([0.2], [0.5])).toMatchObject({ specialCare: [{ threshold: 0.5 }] });
  });

  it.each([
    ['no concepts', [], [], 'holds no concepts'],
    ['a threshold that is no number', [0.2, Number.NaN], [], 'concept_embeds 1 or its threshold'],
    ['an endless threshold', [0.2], [Number.POSITIVE_INFINITY], 'special_care_embeds 0 or its threshold'],
  ])('refuses a file with %s', async (_, thresholds, specialCare, message) => {
    await expect(read(thresholds, specialCare)).rejects.toMatchObject({
      code: 'WRONG_ARCHITECTURE',
      message: expect.stringContaining(message),
    });
  });
});
