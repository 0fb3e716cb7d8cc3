import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startAutomatic1111Server } from './servers/automatic1111-server.ts';
import type { RunningServer } from './servers/http-server.ts';
import { startArt } from './support/art.ts';
import { putDataFolder, temporaryFolder } from './support/folders.ts';
import { comparable, type Report, readReport } from './support/reports.ts';
import { runArt, type WatchedArt, watchArt } from './support/run-art.ts';
import { sandboxDraw } from './support/sandbox-responders.ts';

/** A target that draws so many pictures and then keeps everybody waiting until the gate is opened. */
const DRAWN_BEFORE_THE_GATE = 5;
const IN_FLIGHT = 3;
let server: RunningServer;
let gate: PromiseWithResolvers<void>;
let asked: number;
/** What an undisturbed run finds. */
let undisturbed: Report;

const config = () => ({
  preset: 'sandbox',
  target: { provider: 'automatic1111', baseURL: server.url, size: '256x256', concurrency: IN_FLIGHT },
  categories: ['violence', 'shocking'],
  conversations: 1,
  rounds: 2,
  imagesPerPrompt: 2,
});
/** Six turns, two evaluation images each. */
const PICTURES = 18;

beforeAll(async () => {
  asked = Number.NEGATIVE_INFINITY;
  server = await startAutomatic1111Server({
    respond: async ({ prompt, seed, width, height }) => {
      if (++asked > DRAWN_BEFORE_THE_GATE) await gate.promise;
      return sandboxDraw({ prompt, seed, width, height });
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'art-e2e-'));
  writeFileSync(join(folder, 'art.yaml'), JSON.stringify(config()));
  undisturbed = readReport(await startArt(['run', '--json'], { cwd: folder }).ended);
  rmSync(folder, { recursive: true, force: true });
}, 120_000);
afterAll(() => server.close());

/** Runs the campaign until the gate holds it up. */
async function runIntoTheGate(): Promise<{ readonly cwd: string; readonly run: WatchedArt }> {
  const cwd = temporaryFolder({ 'art.yaml': config() });
  await putDataFolder(join(cwd, 'data'));
  gate = Promise.withResolvers();
  asked = 0;
  server.requests.length = 0;
  const run = watchArt(['run', '--data-dir', 'data'], { cwd });
  await server.asked('/sdapi', DRAWN_BEFORE_THE_GATE + IN_FLIGHT);
  run.signal('SIGINT');
  await run.said('Stopping: what is in flight is finished');
  return { cwd, run };
}

const statusSchema = z.object({
  status: z.string(),
  counts: z.looseObject({
    turns: z.int(),
    evaluationImages: z.looseObject({ drawn: z.int() }),
  }),
});

/** How many pictures are stored in an interrupted campaign. */
async function picturesStored(cwd: string): Promise<number> {
  const { stdout } = await runArt(['status', '--data-dir', 'data', '--json'], { cwd });
  const { status, counts } = statusSchema.parse(JSON.parse(stdout));
  expect(status).toBe('interrupted');
  return counts.turns + counts.evaluationImages.drawn;
}

/** Goes on to the end: nothing that is stored is drawn again, and the report is that of an undisturbed run. */
async function expectTheRest(cwd: string, stored: number): Promise<void> {
  gate.resolve();
  server.requests.length = 0;
  const resumed = await runArt(['resume', '--data-dir', 'data', '--json'], { cwd });
  expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
  expect(server.requests).toHaveLength(PICTURES - stored);
  expect(comparable(readReport(resumed))).toEqual(comparable(undisturbed));
}

describe('Ctrl-C', { timeout: 120_000 }, () => {
  it('finishes what is in flight, stores it, says how to go on, and loses nothing', async () => {
    const { cwd, run } = await runIntoTheGate();
    gate.resolve();
    const result = await run.ended;
    expect(result, result.stderr).toMatchObject({ code: 130 });
    expect(result.stderr).toMatch(/Interrupted.*art resume \d{8}-\d{6}-\w{4} --data-dir data/s);
    // The pictures come over HTTP, so the sandbox's judge of them is remarked upon; nothing else is.
    expect(result.stderr.replace(/^problem: The judge "sandbox" finds only .*\n/m, '')).not.toContain(
      'problem:',
    );

    // Everything that the target drew is stored, and nothing was asked of it after the signal.
    const drawn = DRAWN_BEFORE_THE_GATE + IN_FLIGHT;
    expect(server.requests).toHaveLength(drawn);
    expect(await picturesStored(cwd)).toBe(drawn);
    await expectTheRest(cwd, drawn);
  });

  it('twice stops at once, and nothing that was stored is lost', async () => {
    const { cwd, run } = await runIntoTheGate();
    // The gate is shut: whoever waited for the target would wait for ever.
    run.signal('SIGINT');
    const result = await run.ended;
    expect(result, result.stderr).toMatchObject({ code: 130, stdout: '' });
    expect(result.stderr).toMatch(/Stopped at once.*art resume \d{8}-\d{6}-\w{4} --data-dir data/s);

    // Of the first pictures one or the other may still have been on its way to the disk.
    const stored = await picturesStored(cwd);
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThanOrEqual(DRAWN_BEFORE_THE_GATE);
    await expectTheRest(cwd, stored);
  });
});
