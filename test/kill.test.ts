import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparableUsage } from '../src/report/report-fixtures.ts';
import { runArt, startArt } from './support/art.ts';
import { createRandom } from './support/random.ts';

/** How often the campaign is killed. */
const KILLS = 20;
/** Change it to replay a run: it is printed with every failure. */
const SEED = Number(process.env.ART_KILL_SEED ?? Math.floor(Math.random() * 2 ** 31));

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'art-kill-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A sandbox campaign that takes some seconds. */
async function configAt(concurrency: number): Promise<string> {
  const file = join(folder, `art-${concurrency}.yaml`);
  await writeFile(
    file,
    `preset: sandbox
name: kill
categories: [violence, self-harm, shocking]
conversations: 4
rounds: 9
imagesPerPrompt: 5
target: { provider: sandbox, size: 192x192, concurrency: ${concurrency} }
writer: { provider: sandbox, concurrency: ${concurrency} }
guide: { provider: sandbox, concurrency: ${concurrency} }
`,
  );
  return file;
}

/** The report without what differs from run to run: ids, times, and how hard the models were pressed. */
async function reportOf(dataDir: string): Promise<unknown> {
  const { stdout, code } = await runArt(['report', '--format', 'json', '--data-dir', dataDir], {
    cwd: folder,
  });
  expect(code).toBe(0);
  const { campaign, usage, ...report } = JSON.parse(stdout);
  const { id: _id, createdAt: _createdAt, finishedAt: _finishedAt, config, ...settled } = campaign;
  const { target, writer, guide, ...others } = config;
  const models = [target, writer, guide].map(({ concurrency: _concurrency, ...model }) => model);
  const { concurrency: _targetConcurrency, ...campaignTarget } = settled.target;
  return {
    ...report,
    usage: comparableUsage(usage),
    campaign: { ...settled, target: campaignTarget, config: others, models },
  };
}

async function undisturbed(concurrency: number): Promise<{ report: unknown; tookMs: number }> {
  const dataDir = join(folder, `whole-${concurrency}`);
  const begun = performance.now();
  const { code, stderr } = await runArt(['run', await configAt(concurrency), '--data-dir', dataDir], {
    cwd: folder,
  });
  const tookMs = performance.now() - begun;
  expect(code, stderr).toBe(0);
  return { report: await reportOf(dataDir), tookMs };
}

describe(`a campaign that is killed ${KILLS} times at random moments and resumed each time (seed ${SEED})`, () => {
  it.each([1, 32])(
    'reports the same as an undisturbed one, at concurrency %i',
    async (concurrency) => {
      const { report, tookMs } = await undisturbed(concurrency);
      const dataDir = join(folder, `killed-${concurrency}`);
      const random = createRandom(SEED + concurrency);
      const config = await configAt(concurrency);
      let killed = 0;
      let planned = false;
      let finished = false;
      while (killed < KILLS && !finished) {
        // Until the first one has got as far as planning the campaign, there is nothing to resume.
        const args = planned ? ['resume', '--data-dir', dataDir] : ['run', config, '--data-dir', dataDir];
        const running = startArt(args, { cwd: folder });
        const ended = await Promise.race([
          running.ended,
          // From start-up to well within the work, and short enough that twenty leave something to do.
          delay(300 + random() * (700 + tookMs / 14)).then(() => undefined),
        ]);
        if (ended === undefined) {
          running.child.kill('SIGKILL');
          await running.ended;
          killed++;
        } else {
          expect(ended.code, ended.stderr).toBe(0);
          finished = true;
        }
        planned ||= await isPlanned(dataDir);
      }
      if (!finished) {
        const args = planned ? ['resume', '--data-dir', dataDir] : ['run', config, '--data-dir', dataDir];
        const { code, stderr } = await runArt(args, { cwd: folder });
        expect(code, stderr).toBe(0);
      }
      expect(await reportOf(dataDir)).toEqual(report);
      expect(killed).toBe(KILLS);
      expect(await leftovers(dataDir)).toEqual([]);
    },
    600_000,
  );
});

async function isPlanned(dataDir: string): Promise<boolean> {
  const { stdout, code } = await runArt(['status', '--json', '--data-dir', dataDir], { cwd: folder });
  return code === 0 && stdout.trim() !== '';
}

/** Images that were being written when the process died may leave a draft, but none under a final name. */
async function leftovers(dataDir: string): Promise<string[]> {
  const { contentHash } = await import('../src/store/content-hash.ts');
  const { readFile } = await import('node:fs/promises');
  const wrong: string[] = [];
  for (const file of await readdir(join(dataDir, 'images'), { recursive: true })) {
    const match = /([0-9a-f]{64})\.png$/.exec(file);
    if (match === null) continue;
    if (contentHash(await readFile(join(dataDir, 'images', file))) !== match[1]) wrong.push(file);
  }
  return wrong;
}
