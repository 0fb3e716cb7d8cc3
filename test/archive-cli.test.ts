import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { startOpenaiServer } from './servers/openai-server.ts';
import { startArt } from './support/art.ts';
import { partsOf } from './support/campaign-archives.ts';
import { filesBelow, putDataFolder, temporaryFolder } from './support/folders.ts';
import { comparable, type Report, readReport } from './support/reports.ts';
import { runArt, watchArt } from './support/run-art.ts';
import { sandboxChat, WRITER_MODEL } from './support/sandbox-responders.ts';
import { closing } from './support/servers.ts';

const SMALL = {
  preset: 'sandbox',
  name: 'small',
  target: { provider: 'sandbox', size: '128x128' },
  categories: ['shocking'],
  conversations: 1,
  rounds: 2,
  imagesPerPrompt: 1,
};

const toldSchema = z.looseObject({
  event: z.string(),
  campaign: z.object({ id: z.string(), name: z.string(), status: z.string() }),
  pictures: z.int(),
});

/** A folder with an empty data folder in it. */
async function workplace(files: Readonly<Record<string, string | object>> = {}): Promise<string> {
  const cwd = temporaryFolder(files);
  await putDataFolder(join(cwd, 'art-data'));
  return cwd;
}

/** A campaign that was run, in a folder, and its report; no test changes them. */
let made: { readonly cwd: string; readonly told: Report };
beforeAll(async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'art-e2e-'));
  writeFileSync(join(cwd, 'art.yaml'), JSON.stringify(SMALL));
  await putDataFolder(join(cwd, 'art-data'));
  await startArt(['run', '--quiet', '--no-report'], { cwd }).ended;
  made = { cwd, told: readReport(await startArt(['report', '--format', 'json'], { cwd }).ended) };
}, 180_000);
afterAll(() => rmSync(made.cwd, { recursive: true, force: true }));

async function report(cwd: string, args: readonly string[] = []) {
  return readReport(await runArt(['report', '--format', 'json', ...args], { cwd }));
}

describe('art export and art import', { timeout: 120_000 }, () => {
  test('move a campaign to another folder, where its report is the same', async () => {
    const { cwd } = made;
    const out = await runArt(['export'], { cwd });
    expect(out.code, out.stderr).toBe(0);
    const id = /\((\S+)\) to \1\.zip/.exec(out.stdout)?.[1] ?? '';
    expect(out.stdout).toMatch(
      /^Wrote small \(\S+\) to \S+\.zip \(\d+ kB\)\.\n {2}turns {14}3\n {2}evaluation images {2}3\n {2}verdicts {11}\d+\n {2}pictures {11}6\n$/,
    );
    expect(out.stderr).toBe(`Take it in elsewhere with:\n  art import ${id}.zip\n`);
    // Nothing but the archive, whole.
    expect(readdirSync(cwd).sort()).toEqual([`${id}.zip`, 'art-data', 'art.yaml']);

    const file = join(cwd, `${id}.zip`);
    const other = await workplace();
    const first = await runArt(['import', file], { cwd: other });
    expect(first, first.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(`^Imported small \\(${id}\\), done`),
    });
    expect(first.stderr).toBe(`Look at it with:\n  art report ${id}\n`);
    const again = await runArt(['import', 'archive', file, '--json'], { cwd: other });
    expect(toldSchema.parse(JSON.parse(again.stdout))).toMatchObject({
      event: 'already imported',
      campaign: { id },
    });
    expect(await report(other)).toEqual(made.told);
    const bytesOf = (folder: string) =>
      filesBelow(join(folder, 'art-data/images'))
        .sort()
        .map((path) => readFileSync(path, 'base64'));
    expect(bytesOf(other)).toEqual(bytesOf(cwd));
  });

  test('a campaign that was interrupted goes on where it was imported; it is said whom it asks, and no key is told', async () => {
    const canary = `canary-${'7f3a'.repeat(8)}`;
    let asked = 0;
    const gate = Promise.withResolvers<void>();
    const server = await closing(
      startOpenaiServer({
        chat: async (request) => {
          if (++asked === 2) return { status: 503, body: { error: { message: `Bearer ${canary} is busy` } } };
          if (asked > 4) await gate.promise;
          return sandboxChat(request);
        },
      }),
    );
    const writer = {
      provider: 'openai-compatible',
      baseURL: `${server.url}/v1`,
      model: WRITER_MODEL,
      apiKeyEnv: 'ART_TEST_CANARY',
      concurrency: 1,
    };
    const cwd = await workplace({ 'art.yaml': { ...SMALL, rounds: 3, writer } });
    const env = { ART_TEST_CANARY: canary };
    const run = watchArt(['run', '--no-report'], { cwd, env });
    await server.asked('/v1/chat', 5);
    run.signal('SIGINT');
    gate.resolve();
    expect((await run.ended).code).toBe(130);

    const out = await runArt(['export', '--out', 'moved.zip', '--json'], { cwd });
    const { campaign } = toldSchema.parse(JSON.parse(out.stdout));
    expect(campaign.status).toBe('interrupted');
    const { tables } = await partsOf(join(cwd, 'moved.zip'));
    expect(tables.campaigns).toContain('ART_TEST_CANARY');
    expect(JSON.stringify(tables)).not.toContain(canary);
    expect(readFileSync(join(cwd, 'moved.zip'), 'latin1')).not.toContain(canary);
    expect(tables.campaigns).not.toContain(cwd);

    const other = await workplace();
    const taken = await runArt(['import', join(cwd, 'moved.zip')], { cwd: other });
    expect(taken.stderr).toContain(`Go on with it with:\n  art resume ${campaign.id}\n`);
    expect(taken.stderr).toContain(`writer: ${server.url}/v1, with ART_TEST_CANARY`);
    const resumed = await runArt(['resume', '--quiet', '--no-report'], { cwd: other, env });
    expect(resumed.code, resumed.stderr).toBe(0);
    await runArt(['resume', '--quiet', '--no-report'], { cwd, env });
    expect(comparable(await report(other))).toEqual(comparable(await report(cwd)));
  });

  test('killed while pictures are stored, an import leaves nothing to be seen, or all of it', async () => {
    const { cwd, told } = made;
    await runArt(['export', '--out', 'x.zip', '--quiet'], { cwd });
    const other = await workplace();
    const pictures = join(other, 'art-data/images');
    const importing = watchArt(['import', join(cwd, 'x.zip')], { cwd: other });
    const someAreStored = vi.waitFor(() => expect(filesBelow(pictures).length).toBeGreaterThanOrEqual(3), {
      interval: 2,
      timeout: 60_000,
    });
    await Promise.race([importing.ended, someAreStored]);
    importing.signal('SIGKILL');
    await importing.ended;
    const status = await runArt(['status', '--json'], { cwd: other });
    expect(status.code, status.stderr).toBe(0);
    if (status.stdout.trim() !== '') expect(await report(other)).toEqual(told);
    expect((await runArt(['import', join(cwd, 'x.zip')], { cwd: other })).code).toBe(0);
    expect(await report(other)).toEqual(told);
  });

  test.each([
    [['import'], 'missing required argument'],
    [['import', 'nowhere.zip'], 'There is no file nowhere.zip'],
    [['import', 'x.zip', '--as', '../x'], 'letters, digits'],
    [['export', 'nightly'], 'no campaign'],
    [['export', '--data-dir', 'tpyo'], 'no campaign'],
  ])('art %j is wrong usage and leaves nothing behind', async (args, message) => {
    const cwd = temporaryFolder({ 'x.zip': 'x' });
    const { code, stdout, stderr } = await runArt(args, { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(readdirSync(cwd)).toEqual(['x.zip']);
  });

  test('art import tells of both', async () => {
    const { stdout } = await runArt(['import', '--help'], { cwd: temporaryFolder() });
    expect(stdout).toContain('archive');
    expect(stdout).toContain('art-results');
  });
});
