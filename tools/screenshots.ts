/**
 * Takes the pictures of the pages that the docs show: `npm run screenshots`. Two campaigns of the sandbox are run
 * into a temporary folder, so that every picture is of computed, harmless data.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { openDataSource } from '../src/server/data-source.ts';
import { readStaticFiles } from '../src/server/static-files.ts';
import { startViewServer } from '../src/server/view-server.ts';
import { runArt } from '../test/support/art.ts';
import { startBrowser } from '../test/support/browser.ts';
import { goTo, settled } from '../test/support/browser-page.ts';

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

const LOW_GUIDANCE = { provider: 'sandbox', guidance: 1.5 };

/** A picture: where, how, and what is done before it is taken. */
interface Shot {
  readonly name: string;
  readonly page: string;
  readonly phone?: true;
  readonly dark?: true;
  /** Of the exported file, not of `art view`. */
  readonly file?: true;
  /** Fewer for what is full of blurred colours, which compress badly. */
  readonly colours?: number;
  /** Scrolls to this. */
  readonly at?: string;
  readonly before?: (page: Page) => Promise<void>;
}

/** The names that the docs' pictures show are nobody's. */
const REVIEWERS = ['Bo', 'Ida'] as const;

/** Only what is in the window: pictures further down are not loaded before they are scrolled to. */
const SEEN_ARE_DECODED = `Promise.all([...document.images].filter((image) => {
  const { top, bottom } = image.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}).map((image) => image.decode().catch(() => 0)))`;

const VEILED = /^Show image/;

const showSome = async (page: Page) => {
  const veiled = page.getByRole('button', { name: VEILED });
  await veiled.first().waitFor();
  const names = await Promise.all((await veiled.all()).map((one) => one.getAttribute('aria-label')));
  for (const name of [1, 2, 5].flatMap((place) => names[place] ?? [])) {
    await page.getByRole('button', { name, exact: true }).click();
  }
  await page.mouse.move(0, 0);
  await page.evaluate('scrollTo(0, 0)');
};

const openImage = async (page: Page) => {
  await page.locator('[data-place="0"] [data-open]').click();
  await page.getByRole('dialog').getByText('To draw it again').waitFor();
  await page.keyboard.press('v');
};

const showRound = async (page: Page) => {
  const round = page.locator('#round-2');
  await round.waitFor();
  const veiled = round.getByRole('button', { name: VEILED }).filter({ visible: true });
  const names = await Promise.all((await veiled.all()).map((one) => one.getAttribute('aria-label')));
  for (const name of names) {
    if (name !== null) await round.getByRole('button', { name, exact: true }).click();
  }
  await page.mouse.move(0, 0);
};

const nameReviewer = async (page: Page, name: string) => {
  await page.getByLabel('Who labels?').fill(name);
  await page.keyboard.press('Enter');
  await page.getByText(/by you/).waitFor();
};

const showReviewed = async (page: Page) => {
  await page.keyboard.press('v');
  await page.evaluate('document.querySelector("main details").open = false; scrollTo(0, 0)');
};

/** Two reviewers who agree but for one image; the second goes on. */
const label = async (page: Page) => {
  for (const [index, name] of REVIEWERS.entries()) {
    if (index > 0) await page.getByRole('button', { name: 'Change' }).click();
    await nameReviewer(page, name);
    for (const [place, key] of ['u', 'u', index === 0 ? 'x' : 's', 'u', 'u'].entries()) {
      await page.keyboard.press(key);
      await page.getByText(`${place + 1} by you`).waitFor();
    }
  }
  await showReviewed(page);
};

const beginLabelling = async (page: Page) => {
  await nameReviewer(page, 'Kim');
  await showReviewed(page);
};

const SHOTS: readonly Shot[] = [
  { name: 'overview', page: '#/' },
  { name: 'overview-dark', page: '#/', dark: true },
  { name: 'rounds', page: '#/', at: 'h2:text("Over rounds")' },
  { name: 'settings', page: '#/', at: 'h2:text("Under other settings")' },
  { name: 'tables', page: '#/', at: 'h2:text("The tables")' },
  { name: 'gallery', page: '#/gallery', colours: 64, before: showSome },
  { name: 'image', page: '#/gallery', before: openImage },
  { name: 'conversations', page: '#/conversations' },
  { name: 'conversation', page: '#/conversations/violence/0', at: '#round-2', before: showRound },
  { name: 'review', page: '#/review', before: label },
  { name: 'compare', page: '#/compare' },
  { name: 'file', page: '#/gallery', file: true },
  { name: 'phone-overview', page: '#/', phone: true },
  {
    name: 'phone-gallery',
    page: '#/gallery',
    at: 'main [role=status]',
    phone: true,
    dark: true,
    before: showSome,
  },
  {
    name: 'phone-conversation',
    page: '#/conversations/violence/0',
    phone: true,
    at: '#round-2',
    before: showRound,
  },
  { name: 'phone-review', page: '#/review', phone: true, before: beginLabelling },
];

const started = await startBrowser();
if ('unavailable' in started) throw new Error(started.unavailable);
const folder = mkdtempSync(join(tmpdir(), 'art-screenshots-'));
try {
  const dataDir = await runCampaigns(folder);
  const file = await writeFile(dataDir);
  const source = await openDataSource({ dataDir });
  const server = await startViewServer({ source, files: readStaticFiles(), port: 0 });
  mkdirSync(OUT, { recursive: true });
  try {
    const only = process.argv.slice(2);
    for (const shot of SHOTS.filter(({ name }) => only.length === 0 || only.includes(name))) {
      await take(started.browser, shot.file ? file : server.link(), shot);
    }
  } finally {
    await server.close();
    await source.close();
  }
} finally {
  await started.browser.close();
  rmSync(folder, { recursive: true, force: true });
}

/** The same target under another setting, so that there is something to compare. The one that is shown comes last. */
async function runCampaigns(cwd: string): Promise<string> {
  const dataDir = process.env.ART_SCREENSHOT_DATA;
  if (dataDir !== undefined) return dataDir;
  const other = { ...CONFIG, name: 'harbour, low guidance', target: LOW_GUIDANCE, sweep: undefined };
  for (const config of [other, CONFIG]) {
    writeFileSync(join(cwd, 'art.yaml'), JSON.stringify(config));
    const { code, stderr } = await runArt(['run', '--data-dir', 'data', '--quiet'], { cwd });
    if (code !== 0) throw new Error(stderr);
  }
  return join(cwd, 'data');
}

/** The address of the newest campaign's report in one file. */
async function writeFile(dataDir: string): Promise<string> {
  const path = join(folder, 'report.html');
  const args = ['report', '--format', 'html', '--pictures', 'full', '--out', path, '--data-dir', dataDir];
  const { code, stderr } = await runArt(args, { cwd: folder });
  if (code !== 0) throw new Error(stderr);
  return pathToFileURL(path).href;
}

async function take(browser: Browser, link: string, shot: Shot): Promise<void> {
  const context = await browser.newContext({
    viewport: shot.phone ? PHONE : DESKTOP,
    deviceScaleFactor: shot.phone ? 1.5 : 1.25,
    colorScheme: shot.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  try {
    const page = await context.newPage();
    await page.goto(link);
    // The warning has been read: it would stand in every picture.
    await page.getByRole('button', { name: 'Understood' }).click();
    await settled(page);
    await goTo(page, shot.page);
    await shot.before?.(page);
    if (shot.at !== undefined) {
      const box = await page.locator(shot.at).first().boundingBox();
      if (box === null) throw new Error(`${shot.name}: ${shot.at} is not seen`);
      // Clear of the bar at the top.
      await page.evaluate(`scrollBy(0, ${box.y - 100})`);
    }
    await page.evaluate(SEEN_ARE_DECODED);
    const png = await page.screenshot();
    const path = join(OUT, `${shot.name}.png`);
    await sharp(png)
      .png({ palette: true, effort: 10, quality: 85, colours: shot.colours ?? 128 })
      .toFile(path);
    const { size } = statSync(path);
    console.log(`${shot.name}.png ${Math.round(size / 1000)} KB${size > LARGEST ? ': too large' : ''}`);
  } finally {
    await context.close();
  }
}
