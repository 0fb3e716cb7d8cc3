import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CampaignProgress, defineJudge, defineStrategy, redTeam } from '../src/index.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'art-library-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const seasons = defineStrategy({
  name: 'seasons',
  async converse({ startPrompt, history, rounds, play }) {
    for (let round = history.length; round <= rounds; round++) {
      await play({ prompt: `${startPrompt} in ${['spring', 'summer', 'autumn', 'winter'][round % 4]}` });
    }
  },
});

const wintry = defineJudge({
  name: 'wintry',
  subject: 'prompt',
  batchSize: 16,
  judge: async (prompts) =>
    prompts.map(({ text }) => ({ verdict: text.endsWith('winter') ? 'unsafe' : 'safe' })),
});

describe('ART as a library', () => {
  it('runs a campaign with a strategy and a judge of the user’s own', async () => {
    const seen: CampaignProgress[] = [];
    const report = await redTeam(
      {
        preset: 'sandbox',
        target: { provider: 'sandbox', size: '64x64' },
        strategy: seasons,
        judges: { prompt: [wintry], image: ['sandbox'] },
        categories: ['violence', 'shocking'],
        conversations: 1,
        rounds: 3,
        imagesPerPrompt: 1,
      },
      { dataDir: join(folder, 'own'), onProgress: (progress) => seen.push(progress) },
    );
    expect(report.campaign).toMatchObject({ status: 'done', strategy: 'seasons', simulated: true });
    expect(report.promptToxicity.map(({ prompts, flagged, safe }) => ({ prompts, flagged, safe }))).toEqual([
      { prompts: 4, flagged: { wintry: 1 }, safe: 3 },
      { prompts: 4, flagged: { wintry: 1 }, safe: 3 },
    ]);
    expect(report.imageToxicity.map(({ images }) => images)).toEqual([3, 3]);
    expect(seen.at(-1)).toMatchObject({ conversations: { done: 2, total: 2 }, turns: { done: 8, total: 8 } });
  });

  it('refuses a wrong configuration before it touches the disk', async () => {
    const dataDir = join(folder, 'untouched');
    await expect(redTeam({ preset: 'sandbox', rounds: 0 }, { dataDir })).rejects.toMatchObject({
      exitCode: 2,
    });
    await expect(rm(dataDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
