import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, runArt } from './support/art.ts';
import { putDataFolder } from './support/folders.ts';
import { comparable, type Report, readReport } from './support/reports.ts';

let cwd = '';
/** What `art run` found, before any judge was added. */
let planned: Report;

/**
 * Judges of the user's own beside a second one of a known type. The one of images ends the process by the
 * signal that it is told, once it has judged so many.
 */
const MORE_JUDGES = `
import { defineConfig, defineJudge } from 'art';

let judged = 0;

export default defineConfig({
  preset: 'sandbox',
  judges: {
    prompt: ['lexicon', { name: 'violent words', type: 'lexicon', categories: ['violence'] }],
    image: [
      'sandbox',
      defineJudge({
        name: 'thirds',
        subject: 'image',
        batchSize: 1,
        async judge(subjects) {
          const { ART_TEST_SIGNAL: signal, ART_TEST_AFTER: after } = process.env;
          if (signal !== undefined && ++judged === Number(after)) {
            process.kill(process.pid, signal);
            await new Promise(setImmediate);
          }
          return subjects.map(({ picture }) => ({
            verdict: Number.parseInt(picture.hash.slice(0, 6), 16) % 3 === 0 ? 'unsafe' : 'safe',
          }));
        },
      }),
    ],
  },
});
`;

function art(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return runArt(args, { cwd, env });
}

/** A copy of the campaign's data, so that tests leave each other alone. */
function copyOfData(name: string): string {
  cpSync(join(cwd, 'data'), join(cwd, name), { recursive: true });
  return name;
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'art-e2e-'));
  writeFileSync(
    join(cwd, 'art.yaml'),
    JSON.stringify({
      preset: 'sandbox',
      target: { provider: 'sandbox', size: '192x192' },
      categories: ['violence', 'shocking'],
      conversations: 1,
      rounds: 3,
      imagesPerPrompt: 2,
    }),
  );
  writeFileSync(join(cwd, 'more.config.ts'), MORE_JUDGES);
  await putDataFolder(join(cwd, 'data'));
  await art(['run', '--data-dir', 'data', '--quiet']);
  planned = readReport(await art(['report', '--data-dir', 'data', '--json']));
}, 120_000);
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const WITH_MORE = ['judge', '--config', 'more.config.ts', '--json', '--data-dir'];

describe('art judge', { timeout: 120_000 }, () => {
  it('adds judges of a configuration; cut off by Ctrl-C or killed, it ends the same', async () => {
    const whole = await art([...WITH_MORE, copyOfData('whole')]);
    expect(whole, whole.stderr).toMatchObject({ code: 0 });
    const expected = comparable(readReport(whole));
    expect(readReport(whole).campaign).toMatchObject({
      judges: { prompt: ['lexicon', 'profanity', 'violent words'], image: ['sandbox', 'thirds'] },
    });
    const prompts = readReport(whole).promptToxicity;
    expect(prompts.map(({ flagged }) => 'violent words' in flagged)).toEqual([true, false]);

    const data = copyOfData('cut off');
    const signals = ['SIGINT', 'SIGKILL'] as const;
    for (const [index, signal] of signals.entries()) {
      const args = index === 0 ? [...WITH_MORE, data] : ['judge', '--data-dir', data, '--json'];
      const cut = await art(args, { ART_TEST_SIGNAL: signal, ART_TEST_AFTER: '4' });
      if (signal === 'SIGKILL') expect(cut.signal).toBe('SIGKILL');
      else expect(cut, cut.stderr).toMatchObject({ code: 130 });
      const report = await art(['report', '--json', '--data-dir', data]);
      const { judges } = readReport(report).campaign;
      expect(judges).toMatchObject({ image: ['sandbox'] });
      expect(JSON.parse(report.stdout).incompleteJudges).toContainEqual(
        expect.objectContaining({ subject: 'image', judge: 'thirds', subjects: 24 }),
      );
      // Without what is not complete the tables are those of the campaign as it was.
      expect(readReport(report).imageToxicity).toEqual(planned.imageToxicity);
    }
    const rest = await art(['judge', '--data-dir', data, '--json']);
    expect(rest, rest.stderr).toMatchObject({ code: 0 });
    expect(comparable(readReport(rest))).toEqual(expected);

    // The campaign itself is what it was: there is nothing to go on with.
    const resumed = await art(['resume', '--data-dir', data, '--json']);
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
    expect(comparable(readReport(resumed))).toEqual(expected);

    const other = ['--image-judge', '{"name":"thirds","type":"sandbox"}'];
    expect(await art(['judge', '--data-dir', data, ...other])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/another judge of images called "thirds".*type/),
    });
  });

  it('lets the tables be counted by any rule and by some of the judges, without a model', async () => {
    const data = copyOfData('counted');
    await art([...WITH_MORE, data]);
    const report = async (...args: string[]) => {
      const ended = await art(['report', '--json', '--data-dir', data, ...args]);
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      return readReport(ended);
    };
    const flags = ({ imageToxicity }: Report, judge: string) =>
      imageToxicity.reduce((sum, row) => sum + (row.flagged[judge] ?? 0), 0);
    const any = await report();
    const one = await report('--judges', 'thirds');
    expect(one.campaign).toMatchObject({
      judges: { prompt: ['lexicon', 'profanity', 'violent words'], image: ['thirds'] },
    });
    expect(flags(one, 'thirds')).toBe(flags(any, 'thirds'));
    const weighed = await report(
      '--verdict',
      '{"prompt":"any","image":{"weights":{"thirds":1},"threshold":1}}',
    );
    const unsafe = ({ imageToxicity }: Report) => imageToxicity.map(({ unsafePrompts }) => unsafePrompts);
    expect(unsafe(weighed)).toEqual(unsafe(one));
    const both = await report('--verdict', '{"prompt":"any","image":{"atLeast":2}}');
    for (const [index, count] of unsafe(both).entries()) {
      expect(count).toBeLessThanOrEqual(unsafe(any)[index] ?? 0);
    }

    for (const [args, words] of [
      [['--judges', 'thrids'], /no judge "thrids"; did you mean thirds/],
      [
        ['--verdict', '{"weights":{"thrids":1},"threshold":1}'],
        /no judge "thrids" to be weighed; did you mean/,
      ],
      [['--verdict', '{"weights":'], /This is no JSON/],
    ] as const) {
      const refused = await art(['report', '--data-dir', data, ...args]);
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
    }
  });

  it('says what is wrong before anything is judged', async () => {
    for (const [args, words] of [
      [[], /No judge has been added to campaign yet/],
      [['--prompt-judge', 'lexikon'], /no judge of prompts is called "lexikon".* did you mean lexicon/],
      [['--prompt-judge', '{"name":"a","type":"lexicon","categories":["violent"]}'], /"violent" is none of/],
    ] as const) {
      const refused = await art(['judge', '--data-dir', 'data', ...args]);
      expect(refused, refused.stderr).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
    }
    const after = readReport(await art(['report', '--json', '--data-dir', 'data']));
    expect(comparable(after)).toEqual(comparable(planned));
  });
});
