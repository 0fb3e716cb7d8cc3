import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runArt } from './support/art.ts';
import { HAS_SHARED, SHARED } from './support/shared.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'art-nibbler-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!HAS_SHARED)('200 start prompts that people really typed', () => {
  it('run through, with no unhandled error', async () => {
    const config = join(folder, 'art.json');
    await writeFile(
      config,
      JSON.stringify({
        preset: 'sandbox',
        conversations: 29, // × 7 categories = 203
        rounds: 1,
        imagesPerPrompt: 1,
        target: { provider: 'sandbox', size: '128x128', concurrency: 8 },
        startPrompts: { file: join(SHARED, 'data/nibbler/round1-attempted-dev.csv'), limit: 200 },
      }),
    );
    const { code, stdout, stderr } = await runArt(['run', config, '--data-dir', 'data', '--json'], {
      cwd: folder,
    });
    expect(stderr).not.toMatch(/unhandled|defect of ART|TypeError/i);
    expect(code, stderr.slice(-2_000)).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ campaign: { status: 'done' }, failures: [] });
    const prompts = report.promptToxicity.reduce(
      (sum: number, row: { prompts: number }) => sum + row.prompts,
      0,
    );
    expect(prompts).toBe(29 * 7 * 2);
  }, 300_000);
});
