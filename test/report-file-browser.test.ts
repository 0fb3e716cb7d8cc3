import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildReport } from '../src/report/build-report.ts';
import type { ReportPictures } from '../src/report/formats.ts';
import { writeHtml } from '../src/report/html/write-html.ts';
import type { CampaignBundle, ReportFile } from '../src/report/view-model.ts';
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
import { storeManyFindings } from './support/many-findings.ts';
import { buildApp } from './support/view.ts';

const started = await startBrowser();
const browser = 'browser' in started ? started.browser : undefined;
if ('unavailable' in started)
  process.stderr.write(`Skipping the pages of test/report-file-browser.test.ts: ${started.unavailable}\n`);

const FINDINGS = 500;
const LARGEST_MAIL = 25_000_000;
const folder = mkdtempSync(join(tmpdir(), 'art-e2e-file-'));
const files = new Map<
  ReportPictures,
  { readonly url: string; readonly size: number; readonly bundle: CampaignBundle }
>();

beforeAll(async () => {
  const { assets } = await buildApp();
  const store = await openStore({ dataDir: join(folder, 'data'), command: 'test' });
  try {
    const campaign = await storeManyFindings(store, FINDINGS);
    const reports = [await buildReport(store, campaign)];
    for (const images of ['full', 'blurred', 'none'] as const) {
      const html = await writeHtml({ reports, campaigns: [campaign], store, images }, { assets });
      const path = join(folder, `${images}.html`);
      writeFileSync(path, html);
      files.set(images, {
        url: pathToFileURL(path).href,
        size: Buffer.byteLength(html, 'utf8'),
        bundle: bundleOf(html),
      });
    }
  } finally {
    await store.close();
  }
}, 180_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a report in one file', () => {
  it.each(['full', 'blurred', 'none'] as const)('can be mailed with 500 findings, pictures %s', (images) => {
    const { size, bundle } = file(images);
    expect(bundle.report.findings).toHaveLength(FINDINGS);
    expect(size).toBeLessThan(LARGEST_MAIL);
    const pictured = Object.keys(bundle.thumbnails).length;
    if (images === 'none') expect(pictured).toBe(0);
    else expect(pictured).toBeGreaterThanOrEqual(FINDINGS);
  });

  it('has blurred pictures blurred in their pixels, not by the page', async () => {
    const full = file('full').bundle.thumbnails;
    const blurred = file('blurred').bundle.thumbnails;
    const hashes = Object.keys(blurred).slice(0, 5);
    expect(hashes).toHaveLength(5);
    for (const hash of hashes) {
      const clear = await detailOf(full[hash] ?? '');
      expect(clear).toBeGreaterThan(5);
      expect(await detailOf(blurred[hash] ?? '')).toBeLessThan(clear / 5);
    }
  });
});

describe.skipIf(browser === undefined)('a report in one file, opened', { timeout: 120_000 }, () => {
  const looks = [
    { look: 'desktop, light', viewport: DESKTOP, colorScheme: 'light' },
    { look: 'phone, dark', viewport: PHONE, colorScheme: 'dark' },
  ] as const;

  it.each(looks)(
    'shows tables, plots, findings and conversations at $look and asks no network',
    async (look) => {
      const watched = await open('full', look);
      const { page } = watched;
      const check = async (what: string) => {
        expect(await seriousViolations(page), what).toEqual([]);
        expect(await horizontalOverflow(page), what).toEqual([]);
      };
      try {
        await page.getByRole('complementary', { name: 'Notices' }).getByText('Content warning').waitFor();
        expect(await page.locator('main').innerText()).toContain('500');
        const plots = page.locator('main svg[role=img]');
        // A chart is drawn once its place has a width.
        await expect.poll(() => plots.count()).toBeGreaterThanOrEqual(3);
        for (const plot of await plots.all()) {
          expect(await plot.locator('circle, rect, path, line').count()).toBeGreaterThan(3);
        }
        expect(await page.locator('main table').count()).toBeGreaterThanOrEqual(2);
        await check('overview');

        await goTo(page, '#/gallery');
        const veiled = page.getByRole('button', { name: /^Show image/ });
        await veiled.first().waitFor();
        expect(await page.getByRole('button', { name: /^Hide image/ }).count()).toBe(0);
        await check('gallery');
        await veiled.first().click();
        await expect.poll(() => page.getByRole('button', { name: /^Hide image/ }).count()).toBe(1);
        await page.getByLabel('Show all pictures').check();
        await expect.poll(() => veiled.count()).toBe(0);
        expect(await page.getByRole('button', { name: /^Hide image/ }).count()).toBeGreaterThan(1);

        await goTo(page, '#/conversations');
        await check('conversations');
        await goTo(page, '#/conversations/violence/0');
        await page.getByRole('heading', { name: 'Round 99' }).waitFor();
        await check('a conversation');
        await goTo(page, '#/review');
        await page
          .getByText(/art view/)
          .first()
          .waitFor();
        expect(await page.getByLabel('Who labels?').count()).toBe(0);
        await check('review');
        expect(await watched.troubles()).toEqual([]);
      } finally {
        await watched.close();
      }
    },
  );

  it.each([
    ['blurred', 'blurred for good'],
    ['none', 'This file holds no pictures'],
  ] as const)('says what became of pictures that are %s, and offers none of them', async (images, says) => {
    const watched = await open(images);
    const { page } = watched;
    try {
      await page.getByRole('complementary', { name: 'Notices' }).getByText(says).waitFor();
      await goTo(page, '#/gallery');
      await page.getByRole('listitem').first().waitFor();
      expect(await page.getByRole('button', { name: /^Show image/ }).count()).toBe(0);
      expect(await page.getByLabel('Show all pictures').count()).toBe(0);
      expect((await page.locator('main img').count()) > 0).toBe(images === 'blurred');
      expect(await seriousViolations(page)).toEqual([]);
      expect(await watched.troubles()).toEqual([]);
    } finally {
      await watched.close();
    }
  });
});

async function open(
  images: ReportPictures,
  look: { readonly viewport: typeof DESKTOP | typeof PHONE; readonly colorScheme: 'light' | 'dark' } = {
    viewport: DESKTOP,
    colorScheme: 'light',
  },
): Promise<WatchedPage & { readonly page: Page }> {
  if (browser === undefined) throw new Error('there is no browser');
  const { url } = file(images);
  const { viewport, colorScheme } = look;
  const watched = await openWatchedPage(browser, {
    viewport,
    colorScheme,
    mayAsk: (asked) => asked.split('#')[0] === url,
  });
  await watched.page.goto(url);
  await settled(watched.page);
  return watched;
}

function file(images: ReportPictures) {
  const found = files.get(images);
  if (found === undefined) throw new Error(`there is no file with pictures ${images}`);
  return found;
}

/** The data that a file carries. */
function bundleOf(html: string): CampaignBundle {
  const [, json = ''] =
    /<script type="application\/json" id="art-data">([\s\S]*?)<\/script>/.exec(html) ?? [];
  const { campaigns }: ReportFile = JSON.parse(json);
  const [bundle] = campaigns;
  if (bundle === undefined) throw new Error('the file holds no campaign');
  return bundle;
}

/** How much neighbouring pixels differ, at one size for all: from 0 to 255. */
async function detailOf(dataUrl: string): Promise<number> {
  const bytes = Buffer.from(dataUrl.slice(dataUrl.indexOf(',') + 1), 'base64');
  const side = 128;
  const gray = await sharp(bytes).resize(side, side).grayscale().raw().toBuffer();
  let sum = 0;
  for (let place = 1; place < gray.length; place++) {
    if (place % side !== 0) sum += Math.abs((gray[place] ?? 0) - (gray[place - 1] ?? 0));
  }
  return sum / gray.length;
}
