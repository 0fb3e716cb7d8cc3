import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLargeCampaign } from '../bench/support/large-campaign.ts';
import { buildReport } from '../src/report/build-report.ts';
import { writeHtml } from '../src/report/html/write-html.ts';
import { openStore } from '../src/store/open-store.ts';
import { startBrowser } from './support/browser.ts';
import {
  DESKTOP,
  goTo,
  horizontalOverflow,
  openWatchedPage,
  PHONE,
  seriousViolations,
  settled,
  type WatchedPage,
} from './support/browser-page.ts';
import { putDataFolder } from './support/folders.ts';
import { buildApp } from './support/view.ts';

const started = await startBrowser();
const browser = 'browser' in started ? started.browser : undefined;
if ('unavailable' in started) process.stderr.write(`Skipping what needs a browser: ${started.unavailable}\n`);

const folder = mkdtempSync(join(tmpdir(), 'art-e2e-html-'));
const file = join(folder, 'report.html');
const address = pathToFileURL(file).href;
const SHAPE = { categories: 3, conversations: 2, rounds: 4, imagesPerPrompt: 2, pictures: true } as const;

beforeAll(async () => {
  const { assets } = await buildApp();
  const store = await openStore({ dataDir: await putDataFolder(join(folder, 'data')), command: 'test' });
  try {
    const campaigns = [
      await createLargeCampaign(store, { ...SHAPE, id: 'first', name: 'first' }),
      await createLargeCampaign(store, { ...SHAPE, id: 'second', name: 'second', seed: 2 }),
    ];
    const reports = [];
    for (const campaign of campaigns) reports.push(await buildReport(store, campaign));
    writeFileSync(file, await writeHtml({ reports, campaigns, store, images: 'full' }, { assets }));
  } finally {
    await store.close();
  }
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(options: Parameters<typeof openWatchedPage>[1] | object): Promise<WatchedPage> {
  if (browser === undefined) throw new Error('There is no browser.');
  const watched = await openWatchedPage(browser, { mayAsk: (url) => url.startsWith(address), ...options });
  await watched.page.goto(address);
  await settled(watched.page);
  return watched;
}

describe.skipIf(browser === undefined)('the single-file report, opened from disk', () => {
  it.each([
    ['desktop, light', { viewport: DESKTOP, colorScheme: 'light' as const }],
    ['phone, dark', { viewport: PHONE, colorScheme: 'dark' as const }],
  ])(
    'shows overview and comparison, within its policy, accessible, without any network (%s)',
    async (_, look) => {
      const { page, troubles, close } = await open(look);
      expect(await page.title()).toBe('Overview · first · ART');
      expect(await page.getByRole('main').innerText()).toMatch(
        /Of \d+ safe prompts, \d+ gave an unsafe image/,
      );
      await page.getByRole('img', { name: /^Success ratio by category/ }).waitFor();
      expect(await horizontalOverflow(page)).toEqual([]);
      expect(await seriousViolations(page)).toEqual([]);

      await page.getByText('Numbers of the chart Success ratio by category').click();
      await page.getByRole('table', { name: 'Image toxicity (safe prompts only)' }).first().waitFor();

      await goTo(page, '#/compare?campaign=first');
      await page.getByRole('img', { name: 'Success ratio by category of first, second' }).waitFor();
      expect(await horizontalOverflow(page)).toEqual([]);
      expect(await seriousViolations(page)).toEqual([]);
      expect(await troubles()).toEqual([]);
      await close();
    },
  );

  it('is reached by keyboard: the first key leads past the navigation', async () => {
    const { page, close } = await open({ viewport: DESKTOP });
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await close();
  });

  it('keeps the chosen campaign and colours', async () => {
    const { page, close } = await open({ viewport: DESKTOP, colorScheme: 'light' });
    await page.getByLabel('Colours').selectOption('dark');
    expect(await page.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('dark');
    await page.getByLabel('Campaign', { exact: true }).selectOption('second');
    await settled(page);
    expect(page.url()).toContain('campaign=second');
    await page.reload();
    await settled(page);
    expect(await page.title()).toBe('Overview · second · ART');
    expect(await page.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('dark');
    await close();
  });

  it('says what is wrong with an address that leads nowhere', async () => {
    const { page, close } = await open({ viewport: DESKTOP });
    await page.goto(`${address}#/overview?campaign=gone`);
    await page.getByText('There is no such campaign here.').waitFor();
    await page.getByRole('link', { name: 'Show the newest' }).click();
    await settled(page);
    expect(await page.title()).toBe('Overview · first · ART');
    await close();
  });
});
