import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { initFiles } from './init-files.ts';
import { configJsonSchema } from './json-schema.ts';

test('schema/art.schema.json is up to date (npm run schema writes it)', async () => {
  const written = await readFile(new URL('../../schema/art.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(written)).toEqual(configJsonSchema());
});

/** Read back by zod; conditions are beyond it, so they are looked at by themselves below. */
function reader() {
  const { if: _if, else: _else, ...schema } = configJsonSchema();
  return z.fromJSONSchema(schema);
}

test("it takes the design's example and what art init writes", async () => {
  const example: unknown = parse(
    await readFile(new URL('./__fixtures__/design-example.yaml', import.meta.url), 'utf8'),
  );
  expect(reader().safeParse(example)).toMatchObject({ success: true });
  const init = initFiles('yaml').find(({ name }) => name === 'art.yaml')?.text ?? '';
  expect(reader().safeParse(parse(init))).toMatchObject({ success: true });
});

test.each([
  { rouns: 1 },
  { rounds: 0 },
  { target: { sise: '1x1' } },
  { preset: 'papre' },
  { judges: { image: [5] } },
])('it refuses %j', (input) => {
  expect(reader().safeParse(input).success).toBe(false);
});

test('what a preset gives is needed only without one', () => {
  expect(configJsonSchema()).toMatchObject({
    required: [],
    if: { required: ['preset'] },
    else: {
      required: ['target', 'writer', 'guide', 'judges'],
      properties: { target: { required: ['provider'] }, judges: { required: ['image'] } },
    },
  });
});

test('every key says what it is', () => {
  const silent = Object.entries(configJsonSchema().properties ?? {}).filter(
    ([, property]) => typeof property !== 'object' || property.description === undefined,
  );
  expect(silent).toEqual([]);
});
