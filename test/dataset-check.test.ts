import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { temporaryFolder } from './support/folders.ts';
import { runArt } from './support/run-art.ts';
import { sandboxDraw } from './support/sandbox-responders.ts';

const answer = z.object({
  rows: z.number(),
  images: z.number(),
  categories: z.array(z.object({ category: z.string(), rows: z.number() })),
  problems: z.array(
    z.object({ level: z.string(), what: z.string(), count: z.number(), places: z.array(z.string()) }),
  ),
});

async function check(cwd: string, args: readonly string[]) {
  const { code, stdout, stderr } = await runArt(['dataset', 'check', ...args, '--json'], { cwd });
  expect(stdout, stderr).not.toBe('');
  const { problems, ...rest } = answer.parse(JSON.parse(stdout));
  return {
    code,
    ...rest,
    problems: Object.fromEntries(problems.map(({ level, what, count }) => [`${level}: ${what}`, count])),
    places: problems.flatMap(({ places }) => places),
  };
}

const item = (id: string, prompt: string, change: object = {}) => ({
  id,
  categories: ['violence'],
  prompt,
  image: null,
  ...change,
});
const lines = (rows: readonly unknown[]) =>
  rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');

describe('art dataset check', { timeout: 30_000 }, () => {
  test('names malformed rows by line, repeated ids and rows, missing and broken pictures; the others are kept', async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'md/images'), { recursive: true });
    const whole = await sandboxDraw({ prompt: 'a boat', seed: 1, width: 128, height: 128 });
    const [a, b, c] = ['a', 'b', 'c'].map((letter) => `images/${letter.repeat(64)}.png`);
    writeFileSync(join(cwd, 'md', a ?? ''), whole);
    writeFileSync(join(cwd, 'md', b ?? ''), whole.subarray(0, 200));
    writeFileSync(
      join(cwd, 'md/meta.jsonl'),
      `\uFEFF${lines([
        item('1', 'a red kite', { image: a }),
        '{"id": "2", "prompt": ',
        item('1', 'a lamp', { image: b }),
        item('3', 'a tree', { image: c }),
        item('3b', 'a tree', { image: c }),
        { id: '4', prompt: 'no category' },
        { something: 'else' },
      ])}`,
    );
    const found = await check(cwd, ['md']);
    expect(found).toMatchObject({
      code: 1,
      rows: 7,
      images: 3,
      categories: [{ category: 'violence', rows: 4 }],
    });
    expect(found.problems).toEqual({
      'error: malformed rows': 3,
      'error: ids that are there already': 1,
      'error: pictures that cannot be read': 1,
      'error: pictures that are missing': 1,
      'warning: rows that are there already': 1,
    });
    expect(found.places.join('\n')).toMatch(
      /meta\.jsonl, line 2:[\s\S]*meta\.jsonl, line 6:[\s\S]*meta\.jsonl, line 7:/,
    );
    expect(await check(cwd, ['md', '--no-images'])).toMatchObject({
      problems: { 'error: malformed rows': 3 },
    });
  });

  test('finds what validation shares with training, nearly the same as well', async () => {
    const row = (output: string) => ({
      instruction: 'Write.',
      input: `<category>hate</category> ${output.length}`,
      output,
    });
    const long =
      'a quiet street with a lamp and a bench beside a tall old tree in the light rain of an autumn evening';
    const cwd = temporaryFolder({
      'LLM Train Data.json': [row(long), row('a cat on a red sofa')],
      'LLM Val Data.json': [row(`${long} sky`), row('a boat at sea')],
    });
    const found = await check(cwd, ['.']);
    expect(found.code).toBe(1);
    expect(found.problems).toEqual({ 'error: validation rows whose answer is (nearly) in training': 1 });
    expect(found.places).toEqual(['LLM Val Data.json, entry 1, as LLM Train Data.json, entry 1']);
  });

  test('of pictures and their marks, refusals, pairs without a difference, rare categories', async () => {
    const talk = (value: string, said = 'Add rain.\nFor Example: a cat') => [
      { from: 'human', value },
      { from: 'gpt', value: said },
    ];
    const cwd = temporaryFolder({
      'VLM Data.json': [
        { id: 1, image: 'a.png', conversations: talk('<category>hate</category>') },
        {
          id: 2,
          image: 'a.png',
          conversations: talk(
            '<image>\n<category>hate</category> x',
            "I'm sorry, but I can't help with that.",
          ),
        },
        { id: 3, image: 'a.png', conversations: [...talk('<image> a'), { from: 'gpt', value: 'again' }] },
        ...Array.from({ length: 11 }, (_, index) => ({
          id: index + 10,
          image: 'a.png',
          conversations: talk(`<image>\n<category>violence</category> ${index}`),
        })),
      ],
      'pairs.jsonl': '',
    });
    const said = (content: string) => [{ role: 'assistant', content }];
    writeFileSync(
      join(cwd, 'pairs.jsonl'),
      lines([{ prompt: [{ role: 'user', content: 'x' }], chosen: said('same'), rejected: said('same ') }]),
    );
    const found = await check(cwd, ['VLM Data.json', 'pairs.jsonl', '--no-images']);
    expect(found.problems).toEqual({
      'error: malformed rows': 1,
      'error: rows with another number of <image> than of pictures': 1,
      'error: pairs of the same answer twice': 1,
      'warning: answers that are refusals': 1,
      'warning: categories with under 20 % of the rows of the most frequent one': 1,
    });
  });

  test('judges and reviewers say which prompts and pictures they see otherwise; warnings are no errors', async () => {
    const hash = 'd'.repeat(64);
    const cwd = temporaryFolder({
      'labels.csv': `subject,label,prompt,hash\nprompt,unsafe,a lamp,\nprompt,unsure,a tree,\nevaluation image,safe,a tree,${hash}\n`,
    });
    writeFileSync(
      join(cwd, 'meta.jsonl'),
      lines([
        item('1', 'a picture of vandalism'),
        item('2', 'a lamp'),
        item('3', 'a tree', { image: `images/${hash}.png` }),
      ]),
    );
    const found = await check(cwd, [
      'meta.jsonl',
      '--no-images',
      '--judges',
      'lexicon',
      '--labels',
      'labels.csv',
    ]);
    expect(found.code).toBe(0);
    expect(found.problems).toEqual({
      'warning: prompts that the judges call unsafe': 1,
      'warning: prompts that reviewers call unsafe': 1,
      'warning: pictures of a category that reviewers call safe': 1,
    });
  });

  test('the page and the terminal show text of the data as text', async () => {
    const cwd = temporaryFolder();
    const evil = '<script>alert(1)</script>\u001b[31m';
    writeFileSync(
      join(cwd, 'meta.jsonl'),
      lines([item('1', 'a lamp', { categories: [evil] }), `{"${evil}": 1}`]),
    );
    const { stdout, code } = await runArt(['dataset', 'check', 'meta.jsonl', '--html', 'check.html'], {
      cwd,
    });
    expect(code).toBe(1);
    expect(stdout).not.toContain('\u001b');
    const page = readFileSync(join(cwd, 'check.html'), 'utf8');
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain("default-src 'none'");
  });

  test.each([
    [['nowhere'], 'is no dataset'],
    [['.'], 'no .json or .jsonl file'],
  ])('%j is told', async (args, problem) => {
    const { code, stderr } = await runArt(['dataset', 'check', ...args], { cwd: temporaryFolder() });
    expect([code, stderr]).toEqual([2, expect.stringContaining(problem)]);
  });
});

test('a card is read back as YAML whatever the dataset is called, and says what is recorded', async () => {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, 'md'));
  writeFileSync(
    join(cwd, 'md/meta.jsonl'),
    lines([item('1', 'a lamp'), item('2', 'a tree', { categories: ['hate', 'violence'] })]),
  );
  const name = 'a: "quoted" name # {{x}} <b>';
  const run = await runArt(['dataset', 'card', 'md', '--name', name, '--licence', 'cc-by-4.0'], { cwd });
  expect(run, run.stderr).toMatchObject({ code: 0 });
  const card = readFileSync(join(cwd, 'md/README.md'), 'utf8');
  const [, front = '', body = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(card) ?? [];
  expect(parse(front)).toMatchObject({
    pretty_name: name,
    license: 'cc-by-4.0',
    size_categories: ['n<1K'],
    configs: [{ config_name: 'default', data_files: [{ split: 'train', path: ['meta.jsonl'] }] }],
  });
  expect(body).not.toContain('<b>');
  expect(body).toContain('| violence | 2 |');
  expect(body).toContain('Nothing is recorded');
  const unknown = await runArt(['dataset', 'card', 'nowhere'], { cwd });
  expect(unknown.code).toBe(2);
}, 30_000);
