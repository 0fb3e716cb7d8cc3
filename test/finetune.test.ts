import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockLanguageModelV4 } from 'ai/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { validateConfig } from '../src/config/validate-config.ts';
import { createGuide } from '../src/models/guide.ts';
import { loadGuideTemplates, loadWriterTemplates } from '../src/models/prompt-template.ts';
import { callDirectly } from '../src/models/types.ts';
import { createWriter } from '../src/models/writer.ts';
import { KNOWN_NAMES } from '../src/red-team.ts';
import { builtInCategory } from '../src/taxonomy/categories.ts';
import { type Ended, runArt } from './support/art.ts';

let cwd: string;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'art-e2e-finetune-'));
  const config = {
    preset: 'sandbox',
    conversations: 2,
    rounds: 4,
    imagesPerPrompt: 1,
    target: { size: '128x128' },
  };
  writeFileSync(join(cwd, 'art.yaml'), JSON.stringify({ ...config, categories: ['violence', 'shocking'] }));
  await done(['run', '--no-report', '--quiet']);
  await done(['dataset', 'build', 'meta', '--campaign', 'latest', '--all', '--out', 'md']);
  for (const [kind, more] of [
    ['guide', ['--meta', 'md']],
    ['writer', ['--meta', 'md']],
    ['pairs', []],
  ] as const)
    await done(['dataset', 'build', kind, ...more, '--out', kind]);
}, 120_000);
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

async function done(args: readonly string[]): Promise<Ended> {
  const ended = await runArt(args, { cwd });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return ended;
}

const read = (file: string) => readFileSync(join(cwd, file), 'utf8');
const told = z.object({
  serve: z.string(),
  config: z.string(),
  files: z.array(z.string()),
  rows: z.number(),
});
const message = z.object({ role: z.string(), content: z.union([z.string(), z.array(z.looseObject({}))]) });

/** Every way in which something can be fine-tuned. */
const WAYS = [
  { role: 'writer', data: 'writer', trainer: 'trl', method: 'sft' },
  { role: 'writer', data: 'writer', trainer: 'llama-factory', method: 'sft' },
  { role: 'writer', data: 'pairs', trainer: 'trl', method: 'dpo' },
  { role: 'writer', data: 'pairs', trainer: 'llama-factory', method: 'dpo' },
  { role: 'guide', data: 'guide', trainer: 'trl', method: 'sft' },
  { role: 'guide', data: 'guide', trainer: 'llama-factory', method: 'sft' },
  { role: 'guide', data: 'guide', trainer: 'llava', method: 'sft' },
] as const;

describe.each(WAYS)('$role of $data with $trainer', ({ role, data, trainer, method }) => {
  const out = `out-${role}-${data}-${trainer}`;

  test('files are written that hang together, and what is told can be used', async () => {
    const { stdout } = await done([
      'finetune',
      role,
      '--data',
      data,
      '--out',
      out,
      '--trainer',
      trainer,
      '--json',
    ]);
    const { serve, config, files, rows } = told.parse(JSON.parse(stdout));
    expect(rows).toBeGreaterThan(0);
    for (const file of files) expect(statSync(join(cwd, out, file)).size).toBeGreaterThan(0);
    expect(statSync(join(cwd, out, 'run.sh')).mode & 0o111).toBe(0o111);
    expect(spawnSync('bash', ['-n', join(cwd, out, 'run.sh')]).status).toBe(0);
    expect(serve).toContain(
      trainer === 'llava' ? 'llava.serve' : `--lora-modules art-${role}=${out}/adapter`,
    );

    // The lines for art.yaml are a configuration, and the files that they name are there.
    const lines = z
      .record(z.string(), z.looseObject({ templates: z.record(z.string(), z.string()).optional() }))
      .parse(parse(config));
    const whole = { preset: 'sandbox', ...lines };
    expect(() => validateConfig(whole, { ...KNOWN_NAMES, env: {} })).not.toThrow();
    for (const file of Object.values(lines[role]?.templates ?? {}))
      expect(existsSync(join(cwd, file))).toBe(true);

    const text = read(
      `${out}/${trainer === 'trl' ? 'train.py' : trainer === 'llama-factory' ? 'train.yaml' : 'run.sh'}`,
    );
    expect(text).toContain(role === 'guide' ? "LLaVA's published LoRA recipe" : 'llama-recipes');
    if (trainer === 'llama-factory') {
      const settings = z
        .looseObject({ dataset: z.string(), stage: z.string(), lora_rank: z.number() })
        .parse(parse(text));
      expect(settings).toMatchObject({ stage: method, lora_rank: role === 'guide' ? 128 : 8 });
      const info = z
        .record(z.string(), z.looseObject({ file_name: z.string() }))
        .parse(JSON.parse(read(`${out}/dataset_info.json`)));
      expect(existsSync(join(cwd, out, info[settings.dataset]?.file_name ?? ''))).toBe(true);
    }
  });

  test.skipIf(spawnSync('python3', ['--version']).status !== 0)('its Python compiles', () => {
    if (!existsSync(join(cwd, out, 'train.py'))) return;
    const compiled = spawnSync('python3', ['-m', 'py_compile', join(cwd, out, 'train.py')], {
      encoding: 'utf8',
    });
    expect(compiled.stderr).toBe('');
  });

  test('run.sh says how to install a trainer that is missing', () => {
    const run = spawnSync(join(cwd, out, 'run.sh'), {
      encoding: 'utf8',
      env: { ...process.env, PYTHON: '/bin/false' },
    });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('is not installed for this Python. Install it: pip install');
  });
});

const category = builtInCategory('violence') ?? { name: 'violence', keywords: [] };
const answering = () =>
  new MockLanguageModelV4({
    doGenerate: {
      content: [{ type: 'text', text: 'An answer of some words.' }],
      finishReason: { unified: 'stop', raw: 'stop' },
      usage: {
        inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 1, text: 1, reasoning: 0 },
      },
      warnings: [],
    },
  });
const config = () => validateConfig({ preset: 'sandbox' }, { ...KNOWN_NAMES, env: {} });

describe('what is trained is what is asked at work', () => {
  test('of a Writer: the same system and user message', async () => {
    const row = z
      .object({ prompt: z.tuple([message, message]) })
      .parse(JSON.parse(read('out-writer-writer-trl/train.jsonl').split('\n')[0] ?? ''));
    const [, user] = row.prompt;
    const asked = String(user.content);
    const instruction = /<instruction>([\s\S]*?)<\/instruction>/.exec(asked)?.[1] ?? '';
    const name = /<category>(.*?)<\/category>/.exec(asked)?.[1] ?? '';
    const model = answering();
    const templates = await loadWriterTemplates({}, cwd);
    const writer = createWriter({ model, config: config().writer, templates, call: callDirectly });
    const known = builtInCategory(name) ?? category;
    await writer.rewrite({ prompt: 'a pic of cat', instruction, category: known, seed: 1 });
    const sent = model.doGenerateCalls[0]?.prompt.map(({ role, content }) => ({
      role,
      content:
        typeof content === 'string'
          ? content
          : content.map((part) => ('text' in part ? part.text : '')).join(''),
    }));
    expect(sent).toEqual(row.prompt);
  });

  test.each(['trl', 'llama-factory', 'llava'])(
    'of a Guide with %s: the same text behind the picture',
    async (trainer) => {
      const text = z
        .array(z.looseObject({ conversations: z.array(z.object({ value: z.string() })) }))
        .parse(JSON.parse(read('guide/VLM Data.json')))[0]?.conversations[0]?.value;
      const name = /<category>(.*?)<\/category>/.exec(text ?? '')?.[1] ?? '';
      const prompt = /<prompt>(.*?)<\/prompt>/.exec(text ?? '')?.[1] ?? '';
      const model = answering();
      // The template that the printed lines name.
      const templates = await loadGuideTemplates(
        { instruct: 'guide-instruct.md' },
        join(cwd, `out-guide-guide-${trainer}`),
      );
      const guide = createGuide({ model, config: config().guide, templates, call: callDirectly });
      const image = { bytes: new Uint8Array([137, 80, 78, 71]), mediaType: 'image/png' };
      await guide.instruct({ image, prompt, category: builtInCategory(name) ?? category, seed: 1 });
      const [only, ...others] = model.doGenerateCalls[0]?.prompt ?? [];
      expect([only?.role, others]).toEqual(['user', []]);
      const parts = Array.isArray(only?.content) ? only.content : [];
      expect(parts.map(({ type }) => type)).toEqual(['file', 'text']);
      expect(parts.flatMap((part) => ('text' in part ? part.text : []))).toEqual([
        text?.replace(/^<image>\n/, ''),
      ]);
    },
  );
});

test.each([
  [
    ['finetune', 'writer', '--data', 'writer', '--out', 'x', '--trainer', 'llava'],
    'vision language models only',
  ],
  [['finetune', 'guide', '--data', 'writer', '--out', 'x'], 'holds no VLM Data.json'],
  [['finetune', 'writer', '--data', 'nowhere', '--out', 'x'], 'cannot be trained on'],
  [['finetune', 'writer', '--data', 'writer', '--out', 'md'], 'holds something else'],
  [['finetune', 'writer', '--data', 'writer', '--out', 'x', '--learning-rate', '5'], 'number over 0'],
])(
  '%j is told',
  async (args, problem) => {
    const { code, stderr } = await runArt(args, { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining(problem)]);
  },
  30_000,
);

test('data in a wrong layout, or none, is told with its place', async () => {
  writeFileSync(join(cwd, 'pairs', 'broken.txt'), '');
  const folder = mkdtempSync(join(cwd, 'bad-'));
  writeFileSync(join(folder, 'LLM Train Data.json'), '[{"instruction": "x"}]');
  const wrong = await runArt(['finetune', 'writer', '--data', folder, '--out', 'y'], { cwd });
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('output')]);
  writeFileSync(join(folder, 'LLM Train Data.json'), '[]');
  const empty = await runArt(['finetune', 'writer', '--data', folder, '--out', 'y'], { cwd });
  expect([empty.code, empty.stderr]).toEqual([2, expect.stringContaining('it has no rows')]);
}, 30_000);
