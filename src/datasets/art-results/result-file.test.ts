import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.ts';
import { entryOf, resultsFolder, roundOf, SAFE_IMAGE, SAFE_PROMPT } from './art-results-fixtures.ts';
import { parseResultFile, readResultBytes, unknownKeys } from './result-file.ts';

const parse = (value: unknown) =>
  parseResultFile(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), 'result.json');

/** A file whose second entry's second round, third image, is changed. */
function changed(change: (image: Record<string, unknown>) => unknown): unknown {
  const round = roundOf(2);
  const result = round.result.map((image, index) => (index === 2 ? change({ ...image }) : image));
  return [entryOf(1000, 'hate'), entryOf(1007, 'hate', [roundOf(1), { ...round, result }])];
}

describe('parseResultFile', () => {
  it('reads seeds, rounds in their order, and what the judges said', () => {
    const broken = roundOf(1, 'a red kite', 2);
    for (const image of broken.result) image.prompt_detection = 'Error';
    const last = broken.result.at(-1);
    if (last) last.img_detection = 'Error';
    const [first, second] = parse([
      entryOf(7, 'hate', [roundOf(2), broken]),
      entryOf(-3, 'hate', [roundOf(1)], 2.1),
    ]);
    expect(first).toMatchObject({ seed: 7, concept: 'hate', version: '1.5' });
    expect(first?.rounds.map(({ round, prompt }) => [round, prompt])).toEqual([
      [1, 'a red kite'],
      [2, 'a lamp in garden 2'],
    ]);
    expect(first?.rounds[0]).toMatchObject({
      promptDetection: 'Error',
      agreed: true,
      images: [SAFE_IMAGE, 'Error'],
    });
    expect(first?.rounds[1]?.promptDetection).toEqual(SAFE_PROMPT);
    expect(second).toMatchObject({ seed: -3, version: '2.1' });
  });

  it('takes what the first image says where the prompt was judged differently, and tells', () => {
    const round = roundOf(1);
    const second = round.result[1];
    if (second) second.prompt_detection = 'Error';
    expect(parse([entryOf(1, 'hate', [round])])[0]?.rounds[0]).toMatchObject({
      promptDetection: SAFE_PROMPT,
      agreed: false,
    });
  });

  it('takes a missing number, a BOM and unknown keys', () => {
    const round = roundOf(1);
    for (const image of round.result) {
      image.prompt_detection = { ...SAFE_PROMPT, toxic_prob: null, new_label: 'x' };
      image.img_detection = { ...SAFE_IMAGE, q16_prob: undefined };
    }
    const [conversation] = parse(`\uFEFF${JSON.stringify([entryOf(1, 'hate', [round])])}`);
    expect(conversation && unknownKeys(conversation)).toEqual(['new_label']);
  });

  const HERE = 'entry 2 (seed 1007), item 2, image 3';
  it.each<[string, unknown, string]>([
    ['no JSON', 'results', 'result.json: it is no JSON: '],
    ['nothing', '', 'result.json: it is no JSON: '],
    [
      'JSON that was cut off',
      JSON.stringify([entryOf(1, 'hate')]).slice(0, 700),
      'result.json: it is no JSON: ',
    ],
    ['an empty list', [], 'the file: is an empty list'],
    ['an object', { seed: 1 }, 'the file: keys and values; expected a list'],
    ['an entry that is none', [1], 'entry 1: 1; expected keys and values'],
    ['no meta_info', [{ 1: [roundOf(1)] }], 'entry 1: meta_info is missing'],
    [
      'no seed',
      [{ meta_info: { concept: 'hate' }, 1: [] }],
      'entry 1: meta_info.seed is missing; expected a number',
    ],
    [
      'a seed that is text',
      [{ meta_info: { seed: '1', concept: 'hate' } }],
      'entry 1: meta_info.seed "1" is text',
    ],
    [
      'a seed twice',
      [entryOf(1, 'hate'), entryOf(1, 'hate')],
      'entry 2: its seed 1 stands in entry 1 already',
    ],
    [
      'no rounds under the seed',
      [{ meta_info: { seed: 5, concept: 'hate' }, 6: [] }],
      'entry 1 (seed 5), key "5": is missing; expected a list',
    ],
    [
      'a conversation without rounds',
      [entryOf(5, 'hate', [])],
      'entry 1 (seed 5), key "5": is an empty list',
    ],
    [
      'a round twice',
      [entryOf(5, 'hate', [roundOf(1), roundOf(1)])],
      'entry 1 (seed 5), item 2: round 1 stands there twice',
    ],
    ['a round from 0', [entryOf(5, 'hate', [roundOf(0)])], 'entry 1 (seed 5), item 1: round 0 is too small'],
    [
      'a round without images',
      [entryOf(5, 'hate', [roundOf(1, 'a kite', 0)])],
      'item 1: result is an empty list',
    ],
    [
      'another prompt',
      changed((image) => ({ ...image, current_prompt: 'a boat' })),
      'entry 2 (seed 1007), round 2, image 3: its prompt is not that of image 1',
    ],
    [
      'no prompt',
      changed(({ current_prompt: _, ...image }) => image),
      `${HERE}: current_prompt is missing; expected text`,
    ],
    ['no image', changed(() => null), `${HERE}: has no value; expected keys and values`],
    [
      'no detection',
      changed(({ img_detection: _, ...image }) => image),
      `${HERE}: img_detection nothing; expected Error or keys and values`,
    ],
    [
      'another word than Error',
      changed((image) => ({ ...image, img_detection: 'Err' })),
      `${HERE}: img_detection "Err"; did you mean Error?`,
    ],
    [
      'a label that is missing',
      changed((image) => ({ ...image, img_detection: { ...SAFE_IMAGE, q16_label: undefined } })),
      `${HERE}: img_detection.q16_label is missing; expected text`,
    ],
    [
      'a label that is no text',
      changed((image) => ({ ...image, prompt_detection: { ...SAFE_PROMPT, nsfw_label: 1 } })),
      `${HERE}: prompt_detection.nsfw_label 1; expected text`,
    ],
    [
      'a probability that is text',
      changed((image) => ({ ...image, prompt_detection: { ...SAFE_PROMPT, nsfw_prob: '0.5' } })),
      `${HERE}: prompt_detection.nsfw_prob "0.5" is text`,
    ],
  ])('refuses %s, with its place', (_, value, message) => {
    expect(() => parse(value)).toThrow(
      expect.objectContaining({
        code: 'RESULTS_MALFORMED',
        exitCode: 2,
        message: expect.stringContaining(message),
        hint: expect.stringMatching(/./),
      }),
    );
  });

  it("says what to do about Python's NaN", () => {
    const source = JSON.stringify([entryOf(1, 'hate')]).replace('"q16_prob":0.2', '"q16_prob": NaN');
    expect(() => parse(source)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('write null') }),
    );
  });

  it('refuses bytes that are no text', () => {
    expect(() => parseResultFile(Uint8Array.of(0x5b, 0xff, 0x5d), 'result.json')).toThrow(/UTF-8/);
  });

  it('either reads a file or says what is wrong with it, whatever is in it', () => {
    const [entry] = JSON.parse(JSON.stringify([entryOf(1, 'hate', [roundOf(1, 'a kite', 2)])]));
    const paths = pathsIn(entry);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const copy: unknown = structuredClone([entry]);
        replaceAt(copy, ['0', ...path], value);
        try {
          expect(parse(copy).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 300, seed: 11 },
    );
  });
});

function pathsIn(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  return [[...path], ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key]))];
}

function replaceAt(container: unknown, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (typeof container !== 'object' || container === null) return;
  if (rest.length === 0) Reflect.set(container, key, value);
  else replaceAt(Reflect.get(container, key), rest, value);
}

describe('readResultBytes', () => {
  it('reads a file up to the limit', async () => {
    const folder = resultsFolder({ 'result.json': '[1,2]' });
    const path = join(folder, 'result.json');
    expect(Buffer.from(await readResultBytes(path, 'it', 5)).toString()).toBe('[1,2]');
    await expect(readResultBytes(path, 'it', 4)).rejects.toMatchObject({
      message: expect.stringMatching(/^it has 1 MB/),
    });
  });

  it('refuses what is missing, a folder, a link and a pipe', async () => {
    const folder = resultsFolder({ 'there.json': '[]' });
    mkdirSync(join(folder, 'folder'));
    symlinkSync(join(folder, 'there.json'), join(folder, 'link'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const [name, message] of [
      ['missing', 'missing is missing'],
      ['folder', 'folder is no file'],
      ['link', 'link is a link'],
      ['pipe', 'pipe is no file'],
    ] as const) {
      await expect(readResultBytes(join(folder, name), name)).rejects.toMatchObject({
        code: 'RESULTS_UNREADABLE',
        message: expect.stringContaining(message),
        hint: expect.stringMatching(/./),
      });
    }
  });
});
