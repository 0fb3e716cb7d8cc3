import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { temporaryFolder } from './support/folders.ts';
import { readReport } from './support/reports.ts';
import { runArt } from './support/run-art.ts';

const FILES = { ts: ['art.config.ts'], yaml: ['art.schema.json', 'art.yaml'] };

it.each(['ts', 'yaml'] as const)(
  'art init (%s), art doctor and art run work as they stand',
  async (kind) => {
    const cwd = temporaryFolder();
    const init = await runArt(kind === 'yaml' ? ['init', '--yaml'] : ['init'], { cwd });
    expect(init, init.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('art run') });
    expect(readdirSync(cwd).toSorted()).toEqual(FILES[kind]);

    const again = await runArt(kind === 'yaml' ? ['init', '--yaml'] : ['init'], { cwd });
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') });

    const doctor = await runArt(['doctor'], { cwd });
    expect(doctor, doctor.stdout).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Go on with: art run'),
    });
    for (const name of ['writer', 'guide', 'target', 'judge:lexicon', 'judge:profanity', 'judge:sandbox'])
      expect(doctor.stdout).toContain(name);

    const run = await runArt(['run', '--json'], { cwd });
    expect(run, run.stderr).toMatchObject({ code: 0 });
    const report = readReport(run);
    expect(report.campaign).toMatchObject({ name: 'my-first-campaign', status: 'done', simulated: true });
    expect(report.promptToxicity).toHaveLength(7);
    expect(readdirSync(cwd)).toContain('art-data');
  },
  180_000,
);
