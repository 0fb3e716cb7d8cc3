import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { seededS3Faults } from './servers/s3-faults.ts';
import { startS3Server } from './servers/s3-server.ts';
import { runArt } from './support/art.ts';
import { filesBelow, putDataFolder, temporaryFolder } from './support/folders.ts';

const CAMPAIGN = {
  preset: 'sandbox',
  name: 'small',
  target: { provider: 'sandbox', size: '128x128' },
  categories: ['violence', 'shocking'],
  conversations: 1,
  rounds: 2,
  imagesPerPrompt: 2,
};

/** How pictures begin, as bytes and in base64, in whatever file they may hide. */
const BEGINNINGS = [
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
  Buffer.from('WEBPVP8'),
  Buffer.from('iVBORw0KGgo'),
  Buffer.from('image/webp;base64,'),
  Buffer.from('image/png;base64,'),
];

/** The files below a folder that hold a picture, or something that begins like one. */
function filesWithPictures(folder: string): string[] {
  return filesBelow(folder).filter((file) => {
    const bytes = readFileSync(file);
    return BEGINNINGS.some((beginning) => bytes.includes(beginning));
  });
}

const reportSchema = z.looseObject({
  campaign: z.looseObject({ id: z.string(), status: z.string() }),
  findings: z.array(
    z.looseObject({
      prompt: z.string(),
      examples: z.array(
        z.looseObject({
          seed: z.number(),
          hash: z.string(),
          file: z.string().nullable(),
          kept: z.string().optional(),
        }),
      ),
    }),
  ),
});

/** What of a report has to be the same, however much is kept of the pictures. */
function comparable({
  campaign: _campaign,
  usage: _usage,
  ...report
}: z.output<typeof reportSchema>): unknown {
  return JSON.parse(JSON.stringify(report), (key, value: unknown) =>
    key === 'file' || key === 'kept' ? undefined : value,
  );
}

async function run(cwd: string, file: string, data: string, flags: readonly string[] = [], env = {}) {
  await putDataFolder(join(cwd, data));
  const ran = await runArt(['run', file, '--data-dir', data, '--quiet', ...flags], { cwd, env });
  expect(ran).toMatchObject({ code: 0 });
  const { stdout } = await runArt(['report', '--format', 'json', '--data-dir', data, ...flags], { cwd, env });
  return reportSchema.parse(JSON.parse(stdout));
}

/** The same campaign with all its pictures in its data folder. */
let whole: { readonly folder: string; readonly report: z.output<typeof reportSchema> };
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'art-retention-'));
  writeFileSync(join(folder, 'full.yaml'), JSON.stringify(CAMPAIGN));
  whole = { folder, report: await run(folder, 'full.yaml', 'data') };
}, 180_000);
afterAll(() => rmSync(whole.folder, { recursive: true, force: true }));

it('retention: scores-only keeps scores and hashes and drops the pictures', async () => {
  expect(filesWithPictures(join(whole.folder, 'data')).length).toBeGreaterThan(10);

  const cwd = temporaryFolder({ 'scores.yaml': { ...CAMPAIGN, retention: 'scores-only' } });
  const scores = await run(cwd, 'scores.yaml', 'scores');
  expect(filesWithPictures(join(cwd, 'scores'))).toEqual([]);
  expect(scores.findings.length).toBeGreaterThan(0);
  expect(comparable(scores)).toEqual(comparable(whole.report));
  const examples = scores.findings.flatMap((finding) => finding.examples);
  expect(new Set(examples.map(({ file, kept }) => `${file} ${kept}`))).toEqual(new Set(['null none']));

  // Whatever shows pictures says that they were not kept.
  const html = await runArt(['report', '--format', 'html', '--out', 'r.html', '--data-dir', 'scores'], {
    cwd,
  });
  expect(html.code).toBe(0);
  expect(readFileSync(join(cwd, 'r.html'), 'utf8')).toMatch(/\d+ pictures were not kept \(retention\)/);
  const labels = await runArt(['labels', '--sample', '3', '--format', 'json', '--data-dir', 'scores'], {
    cwd,
  });
  expect(JSON.parse(labels.stdout)).toEqual([]);
  const dataset = await runArt(
    ['dataset', 'build', 'meta', '--campaign', scores.campaign.id, '--out', 'md', '--data-dir', 'scores'],
    { cwd },
  );
  expect(dataset).toMatchObject({ code: 0, stderr: expect.stringMatching(/not kept by the campaign/) });
}, 180_000);

it('keeps pictures in an object store that fails a fifth of all requests, and purges them for good', async () => {
  const seed = 20_261_128;
  process.stdout.write(`seed ${seed}\n`);
  const s3 = await startS3Server({ faults: seededS3Faults({ seed, rate: 0.2 }), pageSize: 7 });
  try {
    const cwd = temporaryFolder({
      'full.yaml': CAMPAIGN,
      'blurred.yaml': { ...CAMPAIGN, retention: 'blurred', seed: 5 },
    });
    const flags = ['--images', s3.imagesUrl('red/team')];
    const options = { cwd, env: s3.env };
    const remote = await run(cwd, 'full.yaml', 'remote', flags, s3.env);
    expect(comparable(remote)).toEqual(comparable(whole.report));
    expect(filesBelow(join(cwd, 'remote', 'images'))).toEqual([]);
    const [example] = remote.findings.flatMap((finding) => finding.examples);
    expect(example?.file).toMatch(/^s3:\/\/art\/red\/team\/[0-9a-f]{2}\/[0-9a-f]{64}\.png$/);
    // Beside the pictures is a marker that says whose they are.
    const pictureCount = () => s3.objects.size - 1;
    expect(s3.objects.has('red/team/art-images.json')).toBe(true);
    const count = pictureCount();
    expect(count).toBe(filesBelow(join(whole.folder, 'data', 'images')).length);
    expect(readFileSync(join(cwd, 'remote', 'reports', `${remote.campaign.id}.html`), 'utf8')).toContain(
      'image/webp;base64,',
    );

    // A second campaign, of which only blurred copies stay.
    const blurredRun = await runArt(
      ['run', 'blurred.yaml', '--data-dir', 'remote', '--quiet', ...flags],
      options,
    );
    expect(blurredRun.code).toBe(0);
    const added = [...s3.objects].slice(count + 1);
    for (const [key, { bytes }] of added) {
      expect(key).toMatch(/\.webp$/);
      expect(bytes.length).toBeLessThan(1_000);
    }
    const nothing = await runArt(
      ['gc', '--older-than', '0', '--data-dir', 'remote', '--json', ...flags],
      options,
    );
    expect(JSON.parse(nothing.stdout)).toMatchObject({
      images: { count: 0 },
      kept: { count: pictureCount() },
    });

    // Without a terminal it has to be said twice.
    const purge = ['purge', remote.campaign.id, '--data-dir', 'remote', ...flags];
    expect(await runArt(purge, options)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    const pictures = await runArt([...purge, '--pictures', '--yes'], options);
    expect(pictures.stdout).toContain('its prompts, seeds, hashes and scores stay');
    expect([...s3.objects.keys()].filter((key) => key.endsWith('.png'))).toEqual([]);
    expect(filesBelow(join(cwd, 'remote', 'reports')).join()).not.toContain(remote.campaign.id);
    const after = await runArt(
      ['report', remote.campaign.id, '--format', 'json', '--data-dir', 'remote', ...flags],
      options,
    );
    expect(comparable(reportSchema.parse(JSON.parse(after.stdout)))).toEqual(comparable(remote));

    const all = await runArt(
      ['purge', 'latest', '--data-dir', 'remote', '--yes', '--json', ...flags],
      options,
    );
    expect(JSON.parse(all.stdout)).toMatchObject({ only: null, log: 'removed' });
    expect(await runArt([...purge, '--yes'], options)).toMatchObject({ code: 0 });
    expect(pictureCount()).toBe(0);
    expect(filesBelow(join(cwd, 'remote', 'reports'))).toEqual([]);
    expect(readFileSync(join(cwd, 'remote', 'art.log'), 'utf8')).toBe('');
    const status = await runArt(['status', '--data-dir', 'remote', '--json', ...flags], options);
    expect(status.stdout).not.toContain(remote.campaign.id);
  } finally {
    await s3.close();
  }
}, 180_000);
