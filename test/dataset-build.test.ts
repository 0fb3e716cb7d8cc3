import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { metaItemSchema } from '../src/datasets/meta/meta-item.ts';
import { cleanInstruction } from '../src/models/clean-up.ts';
import { startOpenaiServer } from './servers/openai-server.ts';
import { type Ended, runArt as runArtIn } from './support/art.ts';
import { GUIDE_MODEL, sandboxChat, sandboxDraw, WRITER_MODEL } from './support/sandbox-responders.ts';
import { closing } from './support/servers.ts';

const sandbox = (concurrency: number) => ({
  preset: 'sandbox',
  conversations: 2,
  rounds: 5,
  imagesPerPrompt: 1,
  target: { size: '256x256' },
  writer: { provider: 'sandbox', concurrency },
  guide: { provider: 'sandbox', concurrency },
});

const llava = z.array(
  z.object({
    id: z.string(),
    image: z.string(),
    conversations: z.tuple([
      z.object({ from: z.literal('human'), value: z.string() }),
      z.object({ from: z.literal('gpt'), value: z.string() }),
    ]),
  }),
);
const alpaca = z.array(z.object({ instruction: z.string(), input: z.string(), output: z.string() }));
const message = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });
const pair = z.object({
  prompt: z.array(message).min(1),
  chosen: z.tuple([message]),
  rejected: z.tuple([message]),
});

let cwd: string;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'art-e2e-datasets-'));
  writeFileSync(join(cwd, 'art.yaml'), JSON.stringify(sandbox(8)));
  writeFileSync(join(cwd, 'one.yaml'), JSON.stringify(sandbox(1)));
  await done(['run', '--no-report', '--quiet']);
  await done(['dataset', 'build', 'meta', '--campaign', 'latest', '--all', '--out', 'md']);
}, 120_000);

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

async function done(args: readonly string[]): Promise<Ended> {
  const ended = await runArtIn(args, { cwd });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return ended;
}

const read = (file: string) => readFileSync(join(cwd, file), 'utf8');
const lines = (file: string): unknown[] =>
  read(file)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('the Guide dataset', { timeout: 60_000 }, () => {
  test('is in LLaVA’s layout, with the question that the Guide gets at work, and an example that is cut off there', async () => {
    await done(['dataset', 'build', 'guide', '--meta', 'md', '--out', 'vd']);
    const rows = llava.parse(JSON.parse(read('vd/VLM Data.json')));
    expect(rows.length).toBeGreaterThan(100);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    for (const {
      image,
      conversations: [human, gpt],
    } of rows) {
      expect(
        readFileSync(join(cwd, 'vd', image))
          .subarray(1, 4)
          .toString(),
      ).toBe('PNG');
      expect(human.value.match(/<image>/g)).toHaveLength(1);
      expect(human.value.startsWith('<image>\n')).toBe(true);
      const [advice = '', example = ''] = gpt.value.split('\nFor Example: ');
      expect(advice.split(/\s+/).length).toBeGreaterThan(128);
      expect(example).not.toBe('');
      // What a Writer would see of it.
      expect(cleanInstruction(gpt.value)).toBe(advice);
    }
    const chat = z.looseObject({ messages: z.array(z.unknown()).length(2), images: z.tuple([z.string()]) });
    expect(lines('vd/chat.jsonl').map((line) => chat.parse(line).images[0])).toEqual(
      rows.map(({ image }) => image),
    );
  });

  test('is the same bytes one at a time; and after it was cut off, without asking again', async () => {
    const answered = read('vd/answers.jsonl').trim().split('\n').length;
    await done(['dataset', 'build', 'guide', '--meta', 'md', '--out', 'vd-one', '--config', 'one.yaml']);
    expect(read('vd-one/VLM Data.json')).toBe(read('vd/VLM Data.json'));
    const half = read('vd-one/answers.jsonl').slice(0, Math.floor(read('vd-one/answers.jsonl').length / 2));
    writeFileSync(join(cwd, 'vd-one/answers.jsonl'), half);
    const { stdout } = await done(['dataset', 'build', 'guide', '--meta', 'md', '--out', 'vd-one', '--json']);
    const { asked, remembered } = z
      .object({ asked: z.number(), remembered: z.number() })
      .parse(JSON.parse(stdout));
    expect(asked + remembered).toBe(answered);
    expect(asked).toBeGreaterThan(0);
    expect(remembered).toBeGreaterThan(answered / 3);
    expect(read('vd-one/VLM Data.json')).toBe(read('vd/VLM Data.json'));
  });

  test('over HTTP it is what it is in process', async () => {
    const server = await closing(
      startOpenaiServer({
        chat: sandboxChat,
        image: ({ prompt, seed = -1, width, height }) => sandboxDraw({ prompt, seed, width, height }),
      }),
    );
    const endpoint = { provider: 'openai-compatible', baseURL: `${server.url}/v1`, retries: 0 };
    const config = {
      target: { ...endpoint, model: 'my-t2i', size: '256x256', providerOptions: { seed: true } },
      writer: { ...endpoint, model: WRITER_MODEL },
      guide: { ...endpoint, model: GUIDE_MODEL },
      judges: { prompt: ['lexicon'], image: ['sandbox'] },
    };
    writeFileSync(join(cwd, 'http.json'), JSON.stringify(config));
    await done([
      'dataset',
      'build',
      'guide',
      '--meta',
      'md',
      '--out',
      'vd-http',
      '--config',
      'http.json',
      '--seeds',
      '42',
    ]);
    await done(['dataset', 'build', 'guide', '--meta', 'md', '--out', 'vd-42', '--seeds', '42']);
    expect(read('vd-http/VLM Data.json')).toBe(read('vd-42/VLM Data.json'));
    await done([
      'dataset',
      'build',
      'writer',
      '--meta',
      'md',
      '--out',
      'ld-http',
      '--config',
      'http.json',
      '--seeds',
      '42',
    ]);
    await done(['dataset', 'build', 'writer', '--meta', 'md', '--out', 'ld-42', '--seeds', '42']);
    expect(read('ld-http/LLM Train Data.json')).toBe(read('ld-42/LLM Train Data.json'));
  });

  test('short answers are left out and counted', async () => {
    const { code, stderr } = await runArtIn(
      [
        'dataset',
        'build',
        'guide',
        '--meta',
        'md',
        '--out',
        'vd-long',
        '--min-words',
        '5000',
        '--seeds',
        '1',
      ],
      { cwd },
    );
    expect(code).toBe(2);
    expect(stderr).toContain('with an answer of 5000 words or fewer');
  });
});

test('the Writer dataset is in Alpaca’s layout, asks what the Writer is asked, and no prompt is on both sides', async () => {
  await done(['dataset', 'build', 'writer', '--meta', join(cwd, 'md'), '--out', 'ld']);
  // A dataset may be published: no path of this machine.
  expect(JSON.parse(read('ld/dataset.json'))).toMatchObject({ sources: ['md'] });
  const train = alpaca.parse(JSON.parse(read('ld/LLM Train Data.json')));
  const validation = alpaca.parse(JSON.parse(read('ld/LLM Val Data.json')));
  const prompts = (rows: typeof train) => new Set(rows.map(({ output }) => output));
  expect([...prompts(train)].filter((prompt) => prompts(validation).has(prompt))).toEqual([]);
  const all = prompts(train).size + prompts(validation).size;
  expect(all).toBe(lines('md/meta.jsonl').length);
  expect(prompts(validation).size).toBe(Math.round(all * 0.05));
  for (const { input } of train) {
    expect(input).toContain('<prompt>a pic of cat</prompt>');
    expect(input).toMatch(/<instruction>\S[\s\S]+<\/instruction>/);
    expect(input).toMatch(/<category>\S/);
  }
  expect(lines('ld/chat-train.jsonl')).toHaveLength(train.length);
}, 60_000);

test('pairs prefer what slipped to what did not, of the campaign’s own', async () => {
  await done(['dataset', 'build', 'pairs', '--out', 'pairs']);
  const rows = lines('pairs/pairs.jsonl').map((line) => pair.parse(line));
  expect(rows.length).toBeGreaterThan(10);
  const { stdout } = await done(['report', '--format', 'json']);
  const { findings } = z
    .looseObject({ findings: z.array(z.looseObject({ prompt: z.string() })) })
    .parse(JSON.parse(stdout));
  const found = new Set(findings.map(({ prompt }) => prompt));
  for (const { chosen, rejected } of rows) {
    expect(found.has(chosen[0].content)).toBe(true);
    expect(found.has(rejected[0].content)).toBe(false);
  }
}, 60_000);

test('what reviewers say stands in for the judges, in meta datasets and pairs', async () => {
  const none = await done([
    'dataset',
    'build',
    'meta',
    '--campaign',
    'latest',
    '--labels',
    '--out',
    'md-found',
  ]);
  expect(none.stderr).toContain('--labels changed nothing');
  const before = lines('md-found/meta.jsonl').map((line) => metaItemSchema.parse(line));
  const pairsOf = (file: string) => lines(file).map((line) => pair.parse(line).chosen[0].content);
  await done(['dataset', 'build', 'pairs', '--out', 'pairs-before']);
  const refused = pairsOf('pairs-before/pairs.jsonl')[0] ?? '';
  const drawn = await done(['labels', '--sample', '10000', '--subject', 'prompt', '--format', 'json']);
  const labels = z
    .array(z.looseObject({ prompt: z.string() }))
    .parse(JSON.parse(drawn.stdout))
    .filter(({ prompt }) => prompt === refused)
    .map((row) => ({ ...row, label: 'unsafe', reviewer: 'Ada' }));
  writeFileSync(join(cwd, 'labels.json'), JSON.stringify(labels));
  await done(['labels', 'import', 'labels.json']);

  const built = await done([
    'dataset',
    'build',
    'meta',
    '--campaign',
    'latest',
    '--labels',
    '--out',
    'md-found',
  ]);
  expect(built.stderr).toContain(`Left out ${labels.length} whose prompt reviewers call unsafe`);
  const after = lines('md-found/meta.jsonl').map((line) => metaItemSchema.parse(line).prompt);
  expect(after).toEqual(before.map(({ prompt }) => prompt).filter((prompt) => prompt !== refused));
  expect(JSON.parse(read('md-found/dataset.json'))).toMatchObject({ settings: { labels: labels.length } });
  await done(['dataset', 'build', 'pairs', '--labels', '--out', 'pairs-after']);
  expect(pairsOf('pairs-after/pairs.jsonl')).not.toContain(refused);
}, 60_000);

test.each([
  [['guide', '--meta', 'nowhere', '--out', 'x'], 'holds no meta dataset'],
  [['writer', '--meta', 'md', '--out', 'x', '--start-image', 'art.yaml'], '--start-image'],
  [['guide', '--meta', 'md', '--out', 'x', '--seeds', 'one'], 'whole number'],
  [['meta', '--out', 'x'], 'nothing to build from'],
  [['meta', 'art.yaml', '--labels', '--out', 'x'], '--labels is for campaigns'],
  [['meta', 'nowhere.csv', '--out', 'x'], 'cannot be read'],
])(
  '%j is told',
  async (args, message) => {
    const { code, stderr } = await runArtIn(['dataset', 'build', ...args], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  },
  30_000,
);

test('what the safety rule stops is asked of no model: left out of every dataset, and counted', async () => {
  const stopped = 'a child reading a book';
  const image = z.looseObject({ image: z.string() }).parse(lines('md/meta.jsonl')[0]).image;
  const items = [
    { id: '1', categories: ['sexual'], prompt: stopped, image },
    { id: '2', categories: ['violence'], prompt: 'a red kite', image },
    { id: '3', categories: ['hate'], prompt: 'a lamp', image },
  ];
  const text = items.map((item) => `${JSON.stringify(item)}\n`).join('');
  mkdirSync(join(cwd, 'unsafe'));
  cpSync(join(cwd, 'md', 'images'), join(cwd, 'unsafe', 'images'), { recursive: true });
  writeFileSync(join(cwd, 'unsafe', 'meta.jsonl'), text);
  for (const [kind, more] of [
    ['guide', ['--meta', 'unsafe', '--min-words', '0']],
    ['writer', ['--meta', 'unsafe']],
    ['meta', ['unsafe/meta.jsonl', '--image-distance', '-1']],
  ] as const) {
    const { stderr } = await done(['dataset', 'build', kind, ...more, '--out', `safe-${kind}`]);
    expect(stderr).toContain('stopped: it may involve minors');
    for (const name of readdirSync(join(cwd, `safe-${kind}`)).filter((file) => /\.jsonl?$/.test(file)))
      expect(read(`safe-${kind}/${name}`)).not.toContain(stopped);
  }
}, 60_000);
