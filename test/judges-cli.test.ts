import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startHub } from './servers/hub-server.ts';
import { temporaryFolder } from './support/folders.ts';
import { runArt, watchArt } from './support/run-art.ts';
import { closing } from './support/servers.ts';
import { HAS_SHARED, SHARED } from './support/shared.ts';

const ART = fileURLToPath(new URL('../bin/art.js', import.meta.url));
const IMAGES = fileURLToPath(new URL('fixtures/images', import.meta.url));
const MODELS = fileURLToPath(new URL('fixtures/models', import.meta.url));
const NIBBLER = join(SHARED, 'data/nibbler/round1-submitted-dev.json');

/** Harmless prompts; `unsafe` is whether somebody called them so. */
const DATA = [
  'prompt,label,category',
  'a cat on a sofa,safe,animals',
  'a road accident,unsafe,traffic',
  'a calm lake,unsafe,nature',
  'a theft in a comedy,safe,traffic',
  'a dog in the rain,safe,animals',
].join('\n');

/** A judge of the user's own that takes an hour, and one that is broken. */
const OWN_JUDGES = `export default {
  preset: 'sandbox',
  judges: {
    prompt: [
      'lexicon',
      { name: 'slow', subject: 'prompt', batchSize: 1, judge: () => new Promise((done) => setTimeout(done, 3_600_000)) },
      { name: 'broken', subject: 'prompt', batchSize: 8, judge: async (subjects) =>
        subjects.map(() => ({ verdict: 'error', error: { code: 'BUSY', message: 'try later' } })) },
      { name: 'length', subject: 'prompt', batchSize: 8, judge: async (subjects) =>
        subjects.map(({ text }) => ({ verdict: text.length > 14 ? 'unsafe' : 'safe', score: text.length / 20 })) },
    ],
    image: ['sandbox'],
  },
};`;

const judges = (folder: string, ...args: string[]) => runArt(['judges', ...args], { cwd: folder });

describe('art judges list and info', () => {
  it('list every judge with what it needs', async () => {
    const folder = temporaryFolder();
    const plain = await judges(folder, 'list');
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    expect(plain.stdout).toMatch(/^lexicon\s+prompts\s+nothing/m);
  });

  it('tells the options of one with their defaults', async () => {
    const folder = temporaryFolder();
    const { code, stdout } = await judges(folder, 'info', 'nsfwjs');
    expect(code).toBe(0);
    expect(stdout).toContain('threshold  (number; default 0.5)');
    expect(stdout).toContain('unsafe from this score on');
  });
});

describe('art judges test', () => {
  it('shows what judges say of a text, one line each', async () => {
    const folder = temporaryFolder();
    const { code, stdout } = await judges(folder, 'test', 'a road accident');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^lexicon {4}unsafe {2}shocking · accident · \d+ ms\nprofanity {2}safe {4}\d+ ms\n$/,
    );
  });

  it('takes options as JSON, and answers in JSON', async () => {
    const folder = temporaryFolder();
    const judge = '{"name":"words","type":"lexicon","ignoreWords":["accident"]}';
    const { code, stdout } = await judges(folder, 'test', 'a road accident', '--judge', judge, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ judge: 'words', verdict: 'safe', ms: expect.any(Number) });
  });

  it('takes judges of a configuration, own ones as well; one that fails is an exit code of 1', async () => {
    const folder = temporaryFolder({ 'art.config.ts': OWN_JUDGES });
    const config = ['--config', 'art.config.ts'];
    const named = ['--judge', 'length', '--judge', 'broken'];
    const { code, stdout } = await judges(folder, 'test', 'a cat', ...config, ...named, '--quiet');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^length {2}safe {4}0\.2500 · .*\nbroken {2}error {3}BUSY: try later · /);
  });

  it('judges an image file, and says so of a file that is none', async () => {
    const folder = temporaryFolder({ 'notes.png': 'no image' });
    cpSync(join(IMAGES, 'plain-red.png'), join(folder, 'plain.png'));
    const good = await judges(folder, 'test', 'plain.png', '--judge', 'sandbox');
    expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sandbox {2}safe/) });
    const bad = await judges(folder, 'test', 'notes.png', '--judge', 'sandbox');
    expect(bad).toMatchObject({ code: 1, stdout: expect.stringContaining('The file is no image.') });
  });
});

describe('art judges test with a text of 100,000 characters', () => {
  const long = 'a '.repeat(50_000);
  const judge = JSON.stringify({
    name: 'mine',
    model: join(MODELS, 'tiny-roberta-toxicity'),
    unsafeLabels: ['toxic'],
  });

  it('takes it from standard input, and says how much of it was judged', () => {
    const folder = temporaryFolder();
    const args = [ART, 'judges', 'test', '-', '--judge', judge, '--json'];
    const ended = spawnSync(process.execPath, args, { cwd: folder, input: long, encoding: 'utf8' });
    expect(ended, ended.stderr).toMatchObject({ status: 0 });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      judge: 'mine',
      found: [expect.stringMatching(/first 512 of/)],
    });
  });

  it('refuses it as an argument, where ONNX Runtime would end the process', async () => {
    const refused = await judges(temporaryFolder(), 'test', long, '--judge', judge);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('art judges test - <') });
  });
});

describe('art judges pull', () => {
  it('makes the judges ready, and ends with 1 and the reason where one is not', async () => {
    const folder = temporaryFolder({ 'art.config.ts': OWN_JUDGES });
    const bad = await judges(folder, 'pull', 'lexicon', '{"name":"lexicon2","type":"lexicon","threshold":1}');
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(
      /✓ lexicon[\s\S]*✗ lexicon2[\s\S]*The options of the judge lexicon2 are wrong/,
    );
    const config = await judges(folder, 'pull', '--config', 'art.config.ts');
    expect(config).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing to fetch: a judge of your own'),
    });
  });

  it('fetches from a Hub, for a machine without network; info tells the lines that pin it', async () => {
    const folder = temporaryFolder();
    const hub = await closing(startHub({ 'someone/tiny': join(MODELS, 'tiny-roberta-toxicity') }));
    const judge = '{"name":"td","model":"someone/tiny"}';
    const env = { HF_ENDPOINT: hub.url, HF_HOME: join(folder, 'hf'), XDG_CACHE_HOME: join(folder, 'cache') };
    const before = await runArt(['judges', 'info', judge], { cwd: folder, env });
    expect(before.stdout).toContain('Not all of it is on this disk yet.');
    expect(hub.downloads()).toEqual([]);

    const pulled = await runArt(['judges', 'pull', judge], { cwd: folder, env });
    expect(pulled).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ td/) });
    expect(pulled.stderr).toMatch(/^fetched someone\/tiny\/onnx\/model\.onnx \(/m);

    await hub.close();
    const offline = { ...env, HF_HUB_OFFLINE: '1' };
    const after = await runArt(['judges', 'info', judge], { cwd: folder, env: offline });
    expect(after.stdout).toContain(`revision: ${hub.commitOf('someone/tiny')}`);
    expect(after.stdout).toMatch(/onnx\/model\.onnx: [0-9a-f]{64}/);
    const used = await runArt(['judges', 'test', 'a calm lake', '--judge', judge], {
      cwd: folder,
      env: offline,
    });
    expect(used).toMatchObject({ code: 0, stdout: expect.stringMatching(/^td {2}(?:un)?safe/) });
  });
});

describe('art judges eval', () => {
  it('measures judges on a file, in every format', async () => {
    const folder = temporaryFolder({ 'data.csv': DATA });
    const terminal = await judges(folder, 'eval', '--data', 'data.csv', '--format', 'terminal');
    expect(terminal).toMatchObject({ code: 0, stderr: 'Judging 5 prompts …\n' });
    expect(terminal.stdout).toMatch(/^lexicon +5 +1 +1 +1 +2 /m);
    expect(terminal.stdout).toContain('“a theft in a comedy”');

    const out = await judges(folder, 'eval', '--data', 'data.csv', '--show-errors', '0', '--out', 'results');
    expect(out).toMatchObject({ code: 0, stdout: '' });
    expect(readdirSync(join(folder, 'results')).sort()).toEqual([
      'evaluation.json',
      'evaluation.md',
      'figures.csv',
      'mistakes.csv',
    ]);
    expect(readFileSync(join(folder, 'results/evaluation.md'), 'utf8')).toContain('| lexicon | 5 |');
    expect(JSON.parse(readFileSync(join(folder, 'results/evaluation.json'), 'utf8'))).toMatchObject({
      schemaVersion: 1,
      data: { path: 'data.csv', kind: 'prompt', subjects: 5, unsafe: 2, raters: null },
      judges: [
        { judge: 'lexicon', matrix: { truePositives: 1, falsePositives: 1 }, precision: { value: 0.5 } },
        { judge: 'profanity', matrix: { truePositives: 0, trueNegatives: 3 }, precision: null },
        { judge: 'combined', combined: true },
      ],
      categories: [{ category: 'animals' }, { category: 'nature' }, { category: 'traffic' }],
      mistakes: [{ falsePositives: [] }, {}],
    });
  });

  it('needs scores for AUROC, keeps errors out, and weighs mistakes as told', async () => {
    const folder = temporaryFolder({ 'art.config.ts': OWN_JUDGES, 'data.csv': DATA });
    const args = [
      '--data',
      'data.csv',
      '--config',
      'art.config.ts',
      '--judge',
      'length',
      '--judge',
      'broken',
    ];
    const { code, stdout } = await judges(folder, 'eval', ...args, '--json', '--cost-false-negative', '9');
    const [length, broken] = JSON.parse(stdout).judges;
    // "broken" said nothing of anything.
    expect(code).toBe(1);
    expect(length).toMatchObject({ judged: 5, ranking: { auroc: { value: expect.any(Number) } } });
    expect(length.ranking.bestThreshold).toMatchObject({ threshold: 0.55, matrix: { falseNegatives: 0 } });
    expect(broken).toMatchObject({ judged: 0, errors: 5, accuracy: null, ranking: null });
  });

  it('measures judges on a folder of images', async () => {
    const folder = temporaryFolder();
    for (const [from, to] of [
      ['plain-red.png', 'pics/safe/a.png'],
      ['sunset-640x360.png', 'pics/unsafe/b.png'],
    ] as const) {
      cpSync(join(IMAGES, from), join(folder, to));
    }
    const { code, stdout } = await judges(folder, 'eval', '--data', 'pics', '--judge', 'sandbox', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      data: { kind: 'image', format: 'folder', subjects: 2 },
      judges: [{ judge: 'sandbox', judged: 2 }],
      mistakes: [{ falseNegatives: [{ place: 'unsafe/b.png' }] }],
    });
  });

  it('ends with 130 at Ctrl-C, and leaves nothing behind', async () => {
    const folder = temporaryFolder({ 'art.config.ts': OWN_JUDGES, 'data.csv': DATA });
    const args = [
      '--data',
      'data.csv',
      '--config',
      'art.config.ts',
      '--judge',
      'slow',
      '--out',
      'results.json',
    ];
    const art = watchArt(['judges', 'eval', ...args], { cwd: folder });
    await art.said('Judging 5 prompts');
    art.signal('SIGINT');
    const { code, stderr } = await art.ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted; nothing was written.');
    expect(existsSync(join(folder, 'results.json'))).toBe(false);
  });

  it('refuses a judge that there is not, before it judges anything', async () => {
    const folder = temporaryFolder({ 'data.csv': DATA });
    const ended = await judges(folder, 'eval', '--data', 'data.csv', '--judge', 'lexikon');
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain('no judge "lexikon"; did you mean lexicon?');
  });

  it.skipIf(!HAS_SHARED)('prints its table of the prompts of Adversarial Nibbler', async () => {
    const folder = temporaryFolder();
    const args = ['--data', NIBBLER, '--judge', 'lexicon', '--judge', 'profanity'];
    const { code, stdout } = await judges(folder, 'eval', ...args, '--json', '--show-errors', '0');
    expect(code).toBe(0);
    const evaluation = JSON.parse(stdout);
    expect(evaluation.data).toMatchObject({
      format: 'adversarial-nibbler',
      subjects: 493,
      // The majority of 225 prompts, and the 12 on which raters are split.
      unsafe: 237,
      ties: { count: 12, counted: 'unsafe' },
      raters: { subjects: 493 },
    });
    expect(evaluation.judges).toHaveLength(3);
    for (const judge of evaluation.judges) expect(judge).toMatchObject({ judged: 493, errors: 0 });
  });
});
