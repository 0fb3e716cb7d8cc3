import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openStore } from '../src/store/open-store.ts';
import { ART_VERSION } from '../src/version.ts';
import { runArt } from './support/art.ts';
import { putDataFolder, temporaryFolder } from './support/folders.ts';

/** A campaign that takes a moment: 2 prompts, 2 evaluation images. */
const SMALL = {
  name: 'small',
  target: { provider: 'sandbox', size: '256x256' },
  writer: { provider: 'sandbox' },
  guide: { provider: 'sandbox' },
  judges: { prompt: ['lexicon'], image: ['sandbox'] },
  categories: ['shocking'],
  conversations: 1,
  rounds: 1,
  imagesPerPrompt: 1,
};

const report = z.looseObject({
  schemaVersion: z.literal(1),
  campaign: z.looseObject({ id: z.string(), name: z.string(), status: z.string() }),
  promptToxicity: z.array(z.looseObject({ category: z.string(), prompts: z.number() })),
});

function jsonLines(text: string): unknown[] {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

describe('help', () => {
  test('names every command and the way to begin, within 80 columns', async () => {
    const { code, stdout, stderr } = await runArt(['--help'], { cwd: temporaryFolder() });
    expect([code, stderr]).toEqual([0, '']);
    for (const command of ['init', 'doctor', 'run', 'resume', 'status', 'report']) {
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    }
    expect(stdout).toContain('Begin with:\n  art init');
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  test.each(['init', 'doctor', 'run', 'resume', 'status', 'report'])('art %s --help', async (command) => {
    const { code, stdout, stderr } = await runArt([command, '--help'], { cwd: temporaryFolder() });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Usage: art ${command} [options]`);
    expect(stdout).toContain('--json');
    expect(stdout).toContain('--quiet');
  });

  test('art alone shows it too, on stderr, as wrong usage', async () => {
    const { code, stdout, stderr } = await runArt([], { cwd: temporaryFolder() });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Begin with:');
    expect(stderr).not.toContain('error');
  });

  test('--version', async () => {
    const { code, stdout } = await runArt(['--version'], { cwd: temporaryFolder() });
    expect([code, stdout]).toEqual([0, `${ART_VERSION}\n`]);
  });
});

describe('wrong usage: exit code 2, what is wrong and what to do', () => {
  test.each([
    [['rnu'], "unknown command 'rnu'", 'Did you mean run?'],
    [['run', '--fooo'], "unknown option '--fooo'", 'art run --help'],
    [['run', '--jsn'], "unknown option '--jsn'", 'Did you mean --json?'],
    [['run', 'a', 'b'], "too many arguments for 'run'", 'art run --help'],
    [['run', '--data-dir'], "option '--data-dir <dir>' argument missing", 'art run --help'],
    [['report', '--format', 'pdf'], "argument 'pdf' is invalid", 'json, csv, markdown'],
    [['report', '--verdict', 'none'], "argument 'none' is invalid", 'any, majority'],
    [['report', '--out', 'a.pdf'], 'there is no format for .pdf', '--format json, --format csv'],
    [['report', '--out', 'tables'], '--out tables has no extension', '.md, .markdown, .json, .csv'],
    [['run', 'missing.yaml'], 'missing.yaml', 'art init'],
    [['report', 'nonsense'], 'There is no campaign in', 'art run'],
  ])('art %j', async (args, what, todo) => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await runArt(args, { cwd });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(what);
    expect(stderr).toContain(todo);
    expect(stderr.match(/error: /g)).toHaveLength(1);
    // Looking for something leaves nothing behind.
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('with --json as one JSON object', async () => {
    const { code, stdout, stderr } = await runArt(['rnu', '--json'], { cwd: temporaryFolder() });
    expect([code, stdout]).toEqual([2, '']);
    expect(jsonLines(stderr)).toEqual([
      { error: { code: 'WRONG_USAGE', message: "unknown command 'rnu'", hint: 'Did you mean run?' } },
    ]);
  });
});

describe('art init', () => {
  test.each([
    ['art.config.ts', []],
    ['art.yaml', ['--yaml']],
  ])('writes an %s that doctor finds in order', async (file, flags) => {
    const cwd = temporaryFolder();
    const init = await runArt(['init', ...flags], { cwd });
    expect([init.code, init.stderr]).toEqual([0, '']);
    expect(init.stdout).toContain(`Wrote ${file}`);
    const doctor = await runArt(['doctor'], { cwd });
    expect(doctor.code).toBe(0);
    expect(doctor.stdout.match(/^✓ \S+/gm)?.toSorted()).toEqual(
      ['guide', 'judge:lexicon', 'judge:profanity', 'judge:sandbox', 'target', 'writer'].map(
        (name) => `✓ ${name}`,
      ),
    );
    expect(doctor.stdout).toMatch(/All 6 work\. Go on with: art run\n$/);
  });

  test('makes the folder', async () => {
    const cwd = temporaryFolder();
    const { code, stdout } = await runArt(['init', 'new/folder'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('cd new/folder\n');
    expect(readdirSync(join(cwd, 'new/folder'))).toEqual(['art.config.ts']);
  });

  test('overwrites nothing unless told to', async () => {
    const cwd = temporaryFolder({ 'art.config.ts': '// mine' });
    const refused = await runArt(['init'], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('exists already');
    expect(readFileSync(join(cwd, 'art.config.ts'), 'utf8')).toBe('// mine');
    const forced = await runArt(['init', '--force', '--json'], { cwd });
    expect([forced.code, jsonLines(forced.stdout)]).toEqual([0, [{ files: [join(cwd, 'art.config.ts')] }]]);
    expect(readFileSync(join(cwd, 'art.config.ts'), 'utf8')).toContain('defineConfig');
  });
});

describe('art status', () => {
  test('in an empty folder: nothing is there, and nothing is left there', async () => {
    const cwd = temporaryFolder();
    const [plain, json] = await Promise.all([
      runArt(['status'], { cwd }),
      runArt(['status', '--json'], { cwd }),
    ]);
    expect([plain.code, plain.stderr]).toEqual([0, '']);
    expect(plain.stdout).toContain('There is no campaign');
    expect(plain.stdout).toContain('art run');
    expect([json.code, json.stdout, json.stderr]).toEqual([0, '', '']);
    expect(existsSync(join(cwd, 'art-data'))).toBe(false);
  });

  test('what an earlier process left of its progress is not taken for a running one', async () => {
    const cwd = temporaryFolder();
    const folder = await putDataFolder(join(cwd, 'art-data'));
    writeFileSync(join(folder, 'progress.json'), '{"cut off');
    const { code, stdout } = await runArt(['status'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('There is no campaign');
  });

  test('while a process holds the folder, what that process tells of itself', async () => {
    const cwd = temporaryFolder();
    const folder = await putDataFolder(join(cwd, 'art-data'));
    const store = await openStore({ dataDir: folder, command: 'run' });
    try {
      const progress = {
        pid: process.pid,
        campaign: { id: 'c1', name: 'nightly\u001b[31m' },
        conversations: { total: 14, done: 3, failed: 1 },
        turns: { total: 98, done: 40 },
        evaluationImages: { total: 294, done: 90 },
        findings: 5,
        etaSeconds: 61,
      };
      const tell = (change: object) =>
        writeFileSync(join(folder, 'progress.json'), JSON.stringify({ ...progress, ...change }));
      tell({});
      const running = await runArt(['status'], { cwd });
      expect([running.code, running.stderr]).toEqual([0, '']);
      expect(running.stdout).toBe(
        `nightly (c1) is running as process ${process.pid}.\n` +
          '  conversations      3 of 14 done, 1 failed\n' +
          '  turns              40 of 98\n' +
          '  evaluation images  90 of 294\n' +
          '  findings           5\n' +
          '  time left          1 min 1 s\n',
      );
      // The first of all, before anything is counted but what is planned.
      tell({ phase: 'planning', findings: undefined });
      const preparing = await runArt(['status'], { cwd });
      expect(preparing.stdout).toContain(`is being prepared as process ${process.pid}.`);
      expect(preparing.stdout).not.toContain('findings');
      tell({ stopping: true });
      expect((await runArt(['status'], { cwd })).stdout).toContain('is being stopped');
      // Left by another process: it says nothing about this one.
      tell({ pid: process.pid + 1 });
      expect((await runArt(['status'], { cwd })).stdout).toBe(
        `Process ${process.pid} (art run) is opening art-data; how far its campaign is shows in a moment.\n`,
      );
      expect(jsonLines((await runArt(['status', '--json'], { cwd })).stdout)).toEqual([
        { running: { pid: process.pid } },
      ]);
    } finally {
      await store.close();
    }
  });
});

test('a campaign: its output, its status, and its report in all formats', async () => {
  const cwd = temporaryFolder({ 'art.yaml': SMALL });
  await putDataFolder(join(cwd, 'art-data'));

  const run = await runArt(['run', '--json'], { cwd });
  expect(run.code).toBe(0);
  const results = jsonLines(run.stdout);
  expect(results).toHaveLength(1);
  const result = z
    .looseObject({ event: z.literal('report') })
    .and(report)
    .parse(results[0]);
  expect(result.promptToxicity).toMatchObject([{ category: 'shocking', prompts: 2 }]);
  const event = z.looseObject({ event: z.enum(['progress', 'note', 'problem']), time: z.iso.datetime() });
  const events = jsonLines(run.stderr).map((line) => event.parse(line));
  expect(events.some((entry) => entry.event === 'progress')).toBe(true);

  const { id } = result.campaign;
  const status = await runArt(['status'], { cwd });
  expect(status.stdout).toContain(id);
  expect(status.stdout).toMatch(/small +done +2\/2 +2\/2/);
  const statusJson = await runArt(['status', '--json'], { cwd });
  expect(jsonLines(statusJson.stdout)).toMatchObject([{ id, name: 'small', status: 'done' }]);

  const json = await runArt(['report', '--format', 'json'], { cwd });
  expect([json.code, json.stderr]).toEqual([0, '']);
  const { event: _, ...rest } = result;
  expect(JSON.parse(json.stdout)).toEqual(rest);

  const csv = await runArt(['report', 'small', '--format', 'csv'], { cwd });
  expect(parse(csv.stdout, { columns: true })).toMatchObject([{ category: 'shocking', prompts: '2' }]);
  const markdown = await runArt(['report', id], { cwd });
  expect(markdown.stdout).toMatch(/^# small\n\n> These results are simulated/);

  const out = await runArt(['report', '--out', 'tables.csv'], { cwd });
  expect([out.code, out.stdout]).toEqual([0, '']);
  expect(out.stderr).toContain('tables.csv');
  expect(readFileSync(join(cwd, 'tables.csv'), 'utf8')).toBe(csv.stdout);

  const both = await runArt(['report', '--json', '--out', 'both.CSV'], { cwd });
  expect(both.code).toBe(0);
  expect(readFileSync(join(cwd, 'both.CSV'), 'utf8')).toBe(csv.stdout);
  await runArt(['report', '--out', 'tables.markdown'], { cwd });
  expect(readFileSync(join(cwd, 'tables.markdown'), 'utf8')).toBe(markdown.stdout);

  const outOfReach = await runArt(['report', '--verdict', '2'], { cwd });
  expect([outOfReach.code, outOfReach.stdout]).toEqual([2, '']);
  expect(outOfReach.stderr).toContain('--verdict 2 can never be met: small has 1 prompt judge.');
  expect((await runArt(['report', '--verdict', '1'], { cwd })).code).toBe(0);

  const unknown = await runArt(['report', 'nonsense'], { cwd });
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('no campaign "nonsense"');
  expect(unknown.stderr).toContain(`${id} (small)`);
});

test('in a pipe, results on stdout and plain progress on stderr, without an escape', async () => {
  const cwd = temporaryFolder({ 'art.yaml': SMALL });
  await putDataFolder(join(cwd, 'a folder'));
  const { code, stdout, stderr } = await runArt(['run', '--data-dir', 'a folder'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Prompt toxicity\ncategory/);
  expect(stdout).toMatch(/\d of \d safe prompts? gave an unsafe image|No finding/);
  expect(stdout).toContain("View      art view --data-dir 'a folder'\n");
  expect(stdout).toMatch(/Report {4}a folder\/reports\/[\w-]+\.html\n$/);
  expect(stderr).toMatch(/^\w+ \d+ % · \d\/1 conversations/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is looked for
  expect(stdout + stderr).not.toMatch(/[\u001b\r]/);
});

test('a log that cannot be opened does not end a campaign; a level that is none does', async () => {
  const cwd = temporaryFolder({ 'art.yaml': SMALL });
  const folder = await putDataFolder(join(cwd, 'art-data'));
  mkdirSync(join(folder, 'art.log'));
  const run = await runArt(['run', '--quiet'], { cwd });
  expect(run.code).toBe(0);
  expect(run.stderr).toMatch(/^problem: There will be no log: .*art\.log cannot be opened \(EISDIR.*\)\.\n$/);
  const wrong = await runArt(['run'], { cwd, env: { ART_LOG_LEVEL: 'verbose' } });
  expect([wrong.code, wrong.stdout]).toEqual([2, '']);
  expect(wrong.stderr).toContain('ART_LOG_LEVEL is "verbose"');
  expect(wrong.stderr).toContain('trace, debug, info');
});

test('--quiet says nothing but the results', async () => {
  const cwd = temporaryFolder({ 'art.yaml': SMALL });
  await putDataFolder(join(cwd, 'art-data'));
  const { code, stdout, stderr } = await runArt(['run', '--quiet'], { cwd });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Prompt toxicity\n/);
  expect(stdout).not.toContain('art report');
});
