/**
 * Takes the pictures of the pages that the docs show: `npm run screenshots`. Two campaigns of the sandbox are run
 * into a temporary folder, so that every picture is of computed, harmless data.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { openDataSource } from '../src/server/data-source.ts';
import { readStaticFiles } from '../src/server/static-files.ts';
import { startViewServer } from '../src/server/view-server.ts';
import { runArt } from '../test/support/art.ts';
import { startBrowser } from '../test/support/browser.ts';

const OUT = fileURLToPath(new URL('../docs/images', import.meta.url));
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };
/** GitHub shows nothing larger than a page anyway. */
const LARGEST = 200_000;

const CONFIG = {
  preset: 'sandbox',
  name: 'harbour',
  conversations: 3,
  rounds: 10,
  imagesPerPrompt: 3,
  sweep: { guidance: [2.5, 7.5, 12.5] },
};

/** A picture: where, how, and what is done before it is taken. */
interface Shot {
  readonly name: string;
  readonly page: string;
  readonly phone?: true;
  readonly dark?: true;
  /** As long as the page is, not as the window. */
  readonly whole?: true;
  /** Scrolls to this. */
  readonly at?: string;
  readonly before?: (page: Page) => Promise<void>;
}

const showSome = async (page: Page) => {
  for (let shown = 0; shown < 3; shown++) {
    await page
      .getByRole('button', { name: /^Show image/ })
      .nth(shown)
      .click();
  }
};

const SHOTS: readonly Shot[] = [
  { name: 'overview', page: '#/' },
  { name: 'settings', page: '#/', at: 'figure:has-text("uidance")' },
  { name: 'agreement', page: '#/', at: 'h2:has-text("gree")', dark: true },
  { name: 'gallery', page: '#/gallery', before: showSome },
  {
    name: 'image',
    page: '#/gallery',
    before: async (page) => {
      await page.locator('[data-place="0"] [data-open]').click();
      await page.getByRole('dialog').getByText('To draw it again').waitFor();
      await page.keyboard.press('v');
    },
  },
  { name: 'conversations', page: '#/conversations' },
  { name: 'conversation', page: '#/conversations/violence/0', at: '#round-2' },
  {
    name: 'review',
    page: '#/review',
    before: async (page) => {
      await page.getByLabel('Who labels?').fill('Ida');
      await page.keyboard.press('Enter');
      await page.getByText(/by you/).waitFor();
      await page.keyboard.press('v');
    },
  },
  { name: 'compare', page: '#/compare' },
  { name: 'phone-overview', page: '#/', phone: true },
  { name: 'phone-gallery', page: '#/gallery', phone: true, dark: true, before: showSome },
  { name: 'phone-conversation', page: '#/conversations/violence/0', phone: true, at: '#round-2' },
];

const started = await startBrowser();
if ('unavailable' in started) throw new Error(started.unavailable);
const folder = mkdtempSync(join(tmpdir(), 'art-screenshots-'));
try {
  const dataDir = await runCampaigns(folder);
  const source = await openDataSource({ dataDir });
  const server = await startViewServer({ source, files: readStaticFiles(), port: 0 });
  mkdirSync(OUT, { recursive: true });
  try {
    const only = process.argv.slice(2);
    for (const shot of SHOTS.filter(({ name }) => only.length === 0 || only.includes(name))) {
      await take(started.browser, server.link(), shot);
    }
  } finally {
    await server.close();
    await source.close();
  }
} finally {
  await started.browser.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Two methods on the same target, so that there is something to compare. The one that is shown comes last. */
async function runCampaigns(cwd: string): Promise<string> {
  const dataDir = process.env.ART_SCREENSHOT_DATA;
  if (dataDir !== undefined) return dataDir;
  for (const config of [{ ...CONFIG, name: 'harbour, naive', strategy: 'naive', sweep: undefined }, CONFIG]) {
    writeFileSync(join(cwd, 'art.yaml'), JSON.stringify(config));
    const { code, stderr } = await runArt(['run', '--data-dir', 'data', '--quiet'], { cwd });
    if (code !== 0) throw new Error(stderr);
  }
  return join(cwd, 'data');
}

async function take(browser: Browser, link: string, shot: Shot): Promise<void> {
  const context = await browser.newContext({
    viewport: shot.phone ? PHONE : DESKTOP,
    deviceScaleFactor: shot.phone ? 2 : 1.5,
    colorScheme: shot.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  try {
    const page = await context.newPage();
    await page.goto(link);
    // The warning has been read: it would stand in every picture.
    await page.getByRole('button', { name: 'Understood' }).click();
    await page.evaluate(`location.hash = ${JSON.stringify(shot.page)}`);
    await page.locator('main h1').first().waitFor({ state: 'attached' });
    await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch((error: unknown) => {
      // The stream of progress never ends: then the page had its five seconds.
      if (!(error instanceof Error && error.name === 'TimeoutError')) throw error;
    });
    await shot.before?.(page);
    if (shot.at !== undefined) {
      await page.locator(shot.at).first().evaluate('(element) => element.scrollIntoView({ block: "start" })');
      await page.evaluate('scrollBy(0, -90)');
    }
    await page.evaluate('Promise.all([...document.images].map((image) => image.decode().catch(() => 0)))');
    const png = await page.screenshot({ fullPage: shot.whole ?? false });
    const path = join(OUT, `${shot.name}.png`);
    await sharp(png).png({ palette: true, effort: 10, quality: 90, colours: 192 }).toFile(path);
    const { size } = statSync(path);
    console.log(`${shot.name}.png ${Math.round(size / 1000)} KB${size > LARGEST ? ': too large' : ''}`);
  } finally {
    await context.close();
  }
}
