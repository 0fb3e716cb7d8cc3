import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { insertEvaluationImage } from '../src/store/evaluation.ts';
import { openStore } from '../src/store/open-store.ts';
import { imageOf, MOMENT, storeCampaign, turnOf, verdictOf } from '../src/store/store-fixtures.ts';
import { insertTurn } from '../src/store/turns.ts';
import { runArt } from './support/art.ts';

/** A hostile prompt: markup, a formula, an escape and a bidirectional control. */
const HOSTILE = '=1+1 <script>alert(1)</script> \u001b[31m \u202e \\input{x} & | "';

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'art-report-'));
  const store = await openStore({ dataDir: join(folder, 'data'), command: 'test' });
  await storeWithFindings(store.database, 'first', 1);
  await storeWithFindings(store.database, 'second', 3);
  await store.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two conversations of four prompts, each drawn once; so many prompts of each are findings. */
async function storeWithFindings(
  database: Parameters<typeof storeCampaign>[0],
  id: string,
  findings: number,
): Promise<void> {
  const rows = await storeCampaign(database, id, 2, {
    name: id,
    status: 'done',
    rounds: 3,
    imagesPerPrompt: 1,
    config: {
      target: { provider: 'sandbox' },
      judges: { prompt: ['lexicon'], image: ['pixels'], verdict: 'any' },
    },
  });
  for (const conversation of rows) {
    for (let round = 0; round < 4; round++) {
      const turn = await insertTurn(
        database,
        turnOf(conversation, round, {
          turn: { prompt: `${HOSTILE} ${id} ${round}` },
          verdicts: [verdictOf('prompt', 'safe', { judge: 'lexicon' })],
        }),
      );
      await insertEvaluationImage(database, {
        turn,
        row: { number: 0, seed: round, outcome: 'drawn', createdAt: MOMENT },
        image: imageOf(`${id} ${conversation.id} ${round}`),
        verdicts: [verdictOf('evaluation image', round < findings ? 'unsafe' : 'safe', { judge: 'pixels' })],
        requests: [],
      });
    }
  }
}

function art(...args: string[]) {
  return runArt([...args, '--data-dir', join(folder, 'data')], { cwd: folder });
}

const several = z.object({
  schemaVersion: z.literal(1),
  campaigns: z.array(z.looseObject({ campaign: z.looseObject({ id: z.string() }) })),
});

describe('art report of several campaigns', () => {
  test('a list as JSON, in the order of the arguments, each once', async () => {
    const { code, stdout } = await art('report', 'second', 'first', 'second', '--format', 'json');
    expect(code).toBe(0);
    expect(several.parse(JSON.parse(stdout)).campaigns.map(({ campaign }) => campaign.id)).toEqual([
      'second',
      'first',
    ]);
  });

  test('side by side as Markdown in a pipe', async () => {
    const { stdout } = await art('report', 'first', 'second');
    expect(stdout).toContain('| weather | 8 | 2 | 25.00 |');
    expect(stdout).toContain('first: success %');
    expect(stdout).not.toContain('<script>');
  });
});

describe('art report --fail-on', () => {
  test('exit code 3 and what crossed by how much; the report is written all the same', async () => {
    const out = join(folder, 'gate.xml');
    const { code, stdout, stderr } = await art(
      ...['report', 'first', 'second', '--out', out],
      ...['--fail-on', 'success>50%', '--fail-on', 'findings[weather]>100'],
    );
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(
      /^Wrote .*gate\.xml\nThreshold crossed: success>50% \(second\): success: 75\.00 % \(95 % .*; 6 of 8 safe prompts\); 25\.00 points above 50\.00 %\.\n$/,
    );
    expect(readFileSync(out, 'utf8')).toContain('<testsuites name="ART" tests="6" failures="1"');
  });

  test('art run and art resume end with it as well, and refuse a wrong category before anything begins', async () => {
    const cwd = mkdtempSync(join(folder, 'gated-'));
    writeFileSync(
      join(cwd, 'art.yaml'),
      'preset: sandbox\ncategories: [violence]\nconversations: 1\nrounds: 1\nimagesPerPrompt: 1\n',
    );
    const refused = await runArt(['run', '--fail-on', 'success[violense]>1%'], { cwd });
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain('did you mean violence?');
    expect(readdirSync(cwd)).toEqual(['art.yaml']);

    const ran = await runArt(['run', '--fail-on', 'safe>0%'], { cwd });
    expect(ran.code, ran.stderr).toBe(3);
    expect(ran.stderr).toContain('Threshold crossed: safe>0% (');
    expect(ran.stdout).toMatch(/^Report +art-data\/reports\/\S+\.html$/m);
    const resumed = await runArt(['resume', '--fail-on', 'failures>0', '--no-report'], { cwd });
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.not.stringContaining('Threshold')]);
  });

  test('as JSON for programs', async () => {
    const { code, stderr } = await art('report', 'first', '--json', '--fail-on', 'success.high>1%');
    expect(code).toBe(3);
    expect(JSON.parse(stderr)).toMatchObject({
      event: 'threshold',
      campaign: 'first',
      outcome: 'crossed',
      expression: 'success.high>1%',
    });
  });

  test.each([
    [['--fail-on', 'succes>5%'], 'did you mean success?'],
    [['--fail-on', 'success[wether]>5%'], 'did you mean weather?'],
    [['--table', 'ratios', '--format', 'json'], '--table is for --format csv, and this is json'],
    [['--pictures', 'none', '--format', 'csv'], '--pictures is for --format html, and this is csv'],
  ])('%j is refused with a reason', async (args, reason) => {
    const { code, stdout, stderr } = await art('report', 'first', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(reason);
  });
});

describe('art report --format jsonl', () => {
  test('a folder with a file a type', async () => {
    const out = join(folder, 'raw');
    const { code } = await art('report', 'first', 'second', '--format', 'jsonl', '--out', out);
    expect(code).toBe(0);
    expect(readdirSync(out).toSorted()).toEqual([
      'campaigns.jsonl',
      'images.jsonl',
      'labels.jsonl',
      'turns.jsonl',
      'verdicts.jsonl',
    ]);
    const lines = (file: string) => readFileSync(join(out, file), 'utf8').split('\n').slice(0, -1);
    expect(lines('turns.jsonl')).toHaveLength(16);
    expect(lines('images.jsonl')).toHaveLength(16);
    // Turns have none of an image judge here.
    expect(lines('verdicts.jsonl')).toHaveLength(32);
    expect(JSON.parse(lines('turns.jsonl')[0] ?? '')).toMatchObject({
      type: 'turn',
      campaign: 'first',
      finding: true,
    });
  });

  test('one stream to stdout; a threshold that holds changes nothing', async () => {
    const { code, stdout, stderr } = await art(
      'report',
      'first',
      '--format',
      'jsonl',
      '--fail-on',
      'success>50%',
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      expect.stringContaining('{"type":"campaign",'),
      expect.stringContaining('{"type":"turn",'),
      expect.stringContaining('{"type":"image",'),
    ]);
  });
});

describe('art compare', () => {
  test('says what can and what cannot be concluded', async () => {
    const { code, stdout } = await art('compare', 'first', 'second');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# second against first\n/);
    expect(stdout).toContain('> These results are simulated');
    expect(stdout).toMatch(
      /success ratio in weather .*25\.00 %|No difference of the success ratio in weather/,
    );
  });

  test('one campaign alone is refused', async () => {
    const { code, stderr } = await art('compare', 'first');
    expect([code, stderr]).toEqual([2, expect.stringContaining('Name two campaigns')]);
  });

  test('a campaign against itself is refused', async () => {
    const { code, stderr } = await art('compare', 'first', 'first');
    expect(code).toBe(2);
    expect(stderr).toContain('named twice');
  });
});
