import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportModel } from '../src/report/report-model.ts';
import type { GalleryPage } from '../src/report/view-model.ts';
import { findCampaign } from '../src/store/campaigns.ts';
import { listLabels } from '../src/store/labels.ts';
import { openStore } from '../src/store/open-store.ts';
import { startAutomatic1111Server } from './servers/automatic1111-server.ts';
import { runArt } from './support/art.ts';
import { startBrowser } from './support/browser.ts';
import {
  DESKTOP,
  goTo,
  horizontalOverflow,
  openWatchedPage,
  PHONE,
  seriousViolations,
  settled,
  until,
  type WatchedPage,
  type WatchOptions,
} from './support/browser-page.ts';
import { putDataFolder, temporaryFolder } from './support/folders.ts';
import { watchArt } from './support/run-art.ts';
import { sandboxDraw } from './support/sandbox-responders.ts';
import { buildApp, type RunningView, startView } from './support/view.ts';

const started = await startBrowser();
const browser = 'browser' in started ? started.browser : undefined;
if ('unavailable' in started)
  process.stderr.write(`Skipping test/view-browser.test.ts: ${started.unavailable}\n`);

const CONFIG = {
  preset: 'sandbox',
  name: 'harbour',
  categories: ['violence', 'shocking'],
  conversations: 2,
  rounds: 5,
  imagesPerPrompt: 2,
  // What a sweep draws makes no finding.
  sweep: { guidance: [2.5] },
};
const folder = mkdtempSync(join(tmpdir(), 'art-e2e-view-'));
const dataDir = join(folder, 'data');
const LOOKS = [
  { look: 'desktop, light', viewport: DESKTOP, colorScheme: 'light' },
  { look: 'desktop, dark', viewport: DESKTOP, colorScheme: 'dark' },
  { look: 'phone, light', viewport: PHONE, colorScheme: 'light' },
  { look: 'phone, dark', viewport: PHONE, colorScheme: 'dark' },
] as const;

const app = browser === undefined ? undefined : await buildApp();
let view: RunningView;

beforeAll(async () => {
  if (app === undefined) return;
  writeFileSync(join(folder, 'art.yaml'), JSON.stringify(CONFIG));
  const run = await runArt(['run', '--data-dir', dataDir, '--quiet'], { cwd: folder });
  expect(run, run.stderr).toMatchObject({ code: 0 });
  view = await startView(dataDir, app);
}, 120_000);

afterAll(async () => {
  await view?.close();
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(browser === undefined)('art view in a browser', { timeout: 120_000 }, () => {
  describe.each(LOOKS)('at $look', (look) => {
    it('has pages without a serious breach of the accessibility rules, none wider than the window', async () => {
      const watched = await openApp(look);
      const { page } = watched;
      const check = async (what: string) => {
        expect(await seriousViolations(page), what).toEqual([]);
        expect(await horizontalOverflow(page), what).toEqual([]);
      };
      try {
        await check('overview');
        await goTo(page, '#/gallery?show=all');
        await check('gallery');
        await page.getByRole('button', { name: 'More filters' }).click();
        await check('gallery with its filters');
        await openImage(page, 0);
        await check('an image of the gallery');
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: /^Keys/ }).first().click();
        await check('the list of keys');
        await page.keyboard.press('Escape');
        await goTo(page, '#/gallery?text=nothing%20has%20this');
        await check('an empty gallery');
        await goTo(page, '#/conversations');
        await check('conversations');
        await goTo(page, '#/conversations/violence/0');
        await page.evaluate(
          'for (const details of document.querySelectorAll("details")) details.open = true',
        );
        await page.getByLabel('Label', { exact: true }).check();
        await check('a conversation');
        await goTo(page, '#/review');
        await check('review before a name');
        await nameReviewer(page, 'Ida');
        await check('review');
        await goTo(page, '#/compare');
        await check('compare');
        await goTo(page, '#/nowhere');
        await page.getByRole('heading', { level: 1, name: 'There is no such page.' }).waitFor();
        await check('no such page');
        expect(await watched.troubles()).toEqual([]);
      } finally {
        await watched.close();
      }
    });
  });

  it('counts the same findings on the overview, in the gallery and in the report', async () => {
    const watched = await openApp();
    const { page } = watched;
    try {
      const report = await page.evaluate<ReportModel>(
        `fetch('api/campaigns').then((answer) => answer.json()).then(([{ id }]) =>
          fetch('api/campaigns/' + id + '/report')).then((answer) => answer.json())`,
      );
      const prompts = report.findings.length;
      const images = report.findings.reduce((sum, { unsafeImages }) => sum + unsafeImages, 0);
      expect(prompts).toBeGreaterThan(0);
      await page.getByText(`${prompts} with an unsafe image`).waitFor();
      await goTo(page, '#/gallery');
      await page
        .getByRole('status')
        .filter({ hasText: `${images} of 48 images, from ${prompts} prompts` })
        .waitFor();
      await page.getByRole('button', { name: 'More filters' }).click();
      const setting = page.getByLabel('Setting', { exact: true });
      expect(await setting.locator('option').allInnerTexts()).toEqual([
        'The campaign’s own',
        expect.stringMatching(/^guidance/),
        'All settings',
      ]);
      await setting.selectOption('All settings');
      await page.getByRole('status').filter({ hasText: 'of 96 images' }).waitFor();
      expect(await shownCount(page)).toBeGreaterThan(images);
      expect(await watched.troubles()).toEqual([]);
    } finally {
      await watched.close();
    }
  });

  it('opens with a content warning, and blurs every picture until a person asks for it', async () => {
    const watched = await openApp();
    const { page } = watched;
    /** Of each picture of the page whether it is blurred. */
    const pictures = () =>
      page.evaluate<boolean[]>(
        `[...document.querySelectorAll('main img')].map((image) => getComputedStyle(image).filter.includes('blur'))`,
      );
    try {
      await page.getByRole('complementary', { name: 'Notices' }).getByText('Content warning').waitFor();
      for (const address of ['#/gallery', '#/conversations/violence/0']) {
        await goTo(page, address);
        if (address === '#/gallery') await page.getByLabel('All images').check();
        await expect.poll(async () => (await pictures()).length).toBeGreaterThan(0);
        expect(await pictures(), address).not.toContain(false);
      }
      await page
        .getByRole('button', { name: /^Show image/ })
        .first()
        .click();
      await expect.poll(async () => (await pictures()).filter((isBlurred) => !isBlurred).length).toBe(1);
      expect(await watched.troubles()).toEqual([]);
    } finally {
      await watched.close();
    }
  });

  it('leads from the overview to an image, its conversation and back to the prompt’s own place', async () => {
    const watched = await openApp();
    const { page } = watched;
    try {
      await page
        .getByText(/safe prompts?/)
        .first()
        .waitFor();
      // A chart is drawn once its place has a width.
      await expect.poll(() => page.locator('main svg[role=img]').count()).toBeGreaterThanOrEqual(3);

      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Gallery' }).click();
      await settled(page);
      await page.getByLabel('All images').check();
      const all = await shownCount(page);
      expect(all).toBe(2 * 2 * 6 * 2);
      await page.getByRole('radio', { name: 'Violence' }).check();
      await until(
        page,
        `/ ${all} images|of ${all}/.test(document.querySelector('main [role=status]').textContent)`,
      );
      await expect.poll(() => shownCount(page)).toBe(all / 2);
      expect(page.url()).toContain('category=violence');
      await page.getByRole('searchbox', { name: 'Text in the prompt' }).fill('zzzz');
      await page.getByText('No image fits these filters.').waitFor();
      await page
        .getByRole('button', { name: /^Clear/ })
        .last()
        .click();
      await expect.poll(() => shownCount(page)).toBe(all);

      // Veiled until asked: one click, one image.
      const veiled = page.getByRole('button', { name: /^Show image/ });
      const before = await veiled.count();
      await veiled.first().click();
      await page.getByRole('button', { name: /^Hide image/ }).waitFor();
      await expect.poll(() => veiled.count()).toBe(before - 1);

      // By keys alone.
      await page.locator('[data-place="0"] [data-open]').focus();
      await page.keyboard.press('j');
      await until(page, `document.activeElement.closest('[data-place]')?.dataset.place === '1'`);
      await page.keyboard.press('ArrowLeft');
      await until(page, `document.activeElement.closest('[data-place]')?.dataset.place === '0'`);
      // One stop of the Tab key for each image, and the keys go on from there.
      await page.keyboard.press('Tab');
      await until(page, `document.activeElement === document.querySelector('[data-place="1"] [data-open]')`);
      await page.keyboard.press('v');
      await page
        .locator('[data-place="1"]')
        .getByRole('button', { name: /^Hide image/ })
        .waitFor();
      await page.keyboard.press('v');
      await page.keyboard.press('k');
      await until(page, `document.activeElement.closest('[data-place]')?.dataset.place === '0'`);
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      await until(page, `document.querySelector('dialog').contains(document.activeElement)`);
      await page.keyboard.press('ArrowRight');
      await dialog.getByText(/Image 2 of/).waitFor();
      await page.keyboard.press('v');
      await dialog.getByRole('button', { name: /^Hide image/ }).waitFor();
      await until(
        page,
        `[...document.querySelectorAll('dialog img')].every(({ complete, naturalWidth }) => complete && naturalWidth > 0)`,
      );
      const prompt = await dialog.locator('bdi').first().innerText();
      await dialog.getByRole('link', { name: /conversation 1, round/ }).click();
      await settled(page);
      await page.getByRole('heading', { level: 1, name: /1$/ }).waitFor();
      await expect.poll(() => page.locator('article').count()).toBe(6);
      expect(await page.locator('main').innerText()).toContain(prompt.slice(0, 20));
      expect(await page.locator('article ins, article del').count()).toBeGreaterThan(0);
      await page
        .getByText(/^Prompt/)
        .first()
        .click();
      await page
        .getByRole('cell', { name: /lexicon/ })
        .or(page.getByRole('rowheader', { name: /lexicon/ }))
        .first()
        .waitFor();
      expect(await watched.troubles()).toEqual([]);
    } finally {
      await watched.close();
    }
  });

  it('lets two reviewers label by keys, stores it, shows how they agree and exports it', async () => {
    const watched = await openApp();
    const { page } = watched;
    try {
      await goTo(page, '#/review?queue=all');
      await nameReviewer(page, 'Ida');
      const labelled = (count: number) => page.getByText(new RegExp(`${count} by you`)).waitFor();
      await labelled(0);
      for (const [place, key] of ['s', 'u', 'x', 's'].entries()) {
        await page.keyboard.press(key);
        await labelled(place + 1);
      }
      await page.keyboard.press('z');
      await labelled(3);
      await page.getByRole('button', { name: 'Change' }).click();
      await nameReviewer(page, 'Bo');
      await labelled(0);
      for (const [place, key] of ['s', 's', 'x'].entries()) {
        await page.keyboard.press(key);
        await labelled(place + 1);
      }
      await page.getByRole('heading', { name: 'How reviewers agree' }).waitFor();
      await expect
        .poll(async () => await page.locator('main').innerText(), { timeout: 20_000 })
        .toMatch(/Ida[\s\S]*Bo|Bo[\s\S]*Ida/);
      // The link's own name for the file; the file itself is fetched here, for a download needs a disk.
      const csv = page.getByRole('link', { name: 'CSV' });
      const href = await csv.getAttribute('href');
      const exported = await page.evaluate<string>(
        `fetch(${JSON.stringify(href)}).then((answer) => answer.text())`,
      );
      expect(exported.split('\n').filter((line) => /,(Ida|Bo),/.test(line))).toHaveLength(6);
      expect(await watched.troubles()).toEqual([]);
    } finally {
      await watched.close();
    }
    // The embedded store is free again once nobody has asked for a moment.
    await expect
      .poll(storedLabels, { timeout: 20_000, interval: 300 })
      .toEqual(['Bo safe', 'Bo safe', 'Bo unsure', 'Ida safe', 'Ida unsafe', 'Ida unsure']);
  });

  it('can be walked with the Tab key in the order of the page, and shows where one is', async () => {
    const watched = await openApp();
    const { page } = watched;
    try {
      const order: string[] = [];
      for (let presses = 0; presses < 12; presses++) {
        await page.keyboard.press('Tab');
        const { name, ring } = await page.evaluate<{ name: string; ring: boolean }>(`(() => {
          const { activeElement: element } = document;
          const style = getComputedStyle(element);
          return {
            name: (element.getAttribute('aria-label') ?? element.textContent).trim().slice(0, 40),
            ring: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none',
          };
        })()`);
        expect(ring, `the focus is seen on ${name}`).toBe(true);
        order.push(name);
      }
      expect(order.slice(0, 6)).toEqual([
        'Skip to the content',
        'ART, overview',
        'Overview',
        'Gallery',
        'Conversations',
        'Review',
      ]);
      await page.keyboard.press('Home');
      await page.getByRole('button', { name: 'Skip to the content' }).focus();
      await page.keyboard.press('Enter');
      await until(page, `document.activeElement.id === 'main'`);
    } finally {
      await watched.close();
    }
  });

  it('scrolls through 10,000 images with a bounded number of elements', async () => {
    const watched = await openApp();
    const { page } = watched;
    const TOTAL = 10_000;
    try {
      const first = await page.evaluate<GalleryPage>(
        `fetch('api/campaigns').then((answer) => answer.json()).then(([{ id }]) =>
          fetch('api/campaigns/' + id + '/gallery?show=all&offset=0&limit=1')).then((answer) => answer.json())`,
      );
      const [model] = first.images;
      if (model === undefined) throw new Error('the campaign has no image');
      const asked: number[] = [];
      await page.route('**/gallery?**', async (route) => {
        const query = new URL(route.request().url()).searchParams;
        const offset = Number(query.get('offset'));
        const limit = Math.min(Number(query.get('limit')), TOTAL - offset);
        asked.push(offset);
        const images = Array.from({ length: limit }, (_, place) => ({
          ...model,
          turn: offset + place,
          round: offset + place,
        }));
        await route.fulfill({ json: { total: TOTAL, offset, images } satisfies GalleryPage });
      });
      await goTo(page, '#/gallery?show=all');
      await expect.poll(() => shownCount(page)).toBe(TOTAL);
      const cells = () => page.locator('[data-place]').count();
      const seen: number[] = [await cells()];
      const last = async () =>
        await page.evaluate<number>(
          `Math.max(...[...document.querySelectorAll('[data-place]')].map((cell) => Number(cell.dataset.place)))`,
        );
      for (const part of [0.1, 0.3, 0.5, 0.8, 0.2, 1]) {
        await page.evaluate(`scrollTo(0, ${part} * document.documentElement.scrollHeight)`);
        await expect.poll(last, { timeout: 20_000 }).toBeGreaterThan(part * TOTAL * 0.8);
        await until(
          page,
          `![...document.querySelectorAll('[data-place]')].some((cell) => cell.textContent === 'Loading …')`,
        );
        seen.push(await cells());
      }
      await page.getByText('round 9999').waitFor();
      expect(Math.max(...seen)).toBeLessThan(150);
      // Only what scrolled into view was asked for.
      expect(new Set(asked).size).toBeLessThan(40);
      await page.keyboard.press('Home');
      await page.getByText('round 0', { exact: false }).first().waitFor();
      expect(await watched.troubles()).toEqual([]);
    } finally {
      await watched.close();
    }
  });

  it('lets nobody in without the token, and says what to do', async () => {
    for (const address of ['', '?token=wrong', 'api/campaigns']) {
      const context = await browser?.newContext();
      const page = await context?.newPage();
      const answer = await page?.goto(`http://127.0.0.1:${view.port}/${address}`);
      expect(answer?.status(), address).toBe(401);
      expect(await page?.locator('body').innerText()).toContain('Open the link that art view has printed');
      await context?.close();
    }
  });

  it('opens in the eighth tab as in the first, and says so when the server has ended', async () => {
    if (app === undefined || browser === undefined) throw new Error('there is no browser');
    const other = await startView(dataDir, app);
    // Tabs of one browser share their connections to a server: six at most.
    const context = await browser.newContext();
    try {
      const pages: Page[] = [];
      for (let tab = 0; tab < 8; tab++) {
        const page = await context.newPage();
        await page.goto(tab === 0 ? other.link() : `http://127.0.0.1:${other.port}/`);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        pages.push(page);
      }
      await other.close();
      await pages[0]?.getByRole('alert').filter({ hasText: 'Not connected' }).waitFor();
    } finally {
      await context.close();
    }
  });

  it('follows a campaign that another process runs, to its end', async () => {
    if (app === undefined) return;
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const GATES = [5, 12];
    let drawn = 0;
    const target = await startAutomatic1111Server({
      respond: async ({ prompt, seed, width, height }) => {
        drawn++;
        for (const [index, gate] of gates.entries()) if (drawn > (GATES[index] ?? 0)) await gate.promise;
        return sandboxDraw({ prompt, seed, width, height });
      },
    });
    const cwd = temporaryFolder({
      'art.yaml': {
        ...CONFIG,
        conversations: 1,
        rounds: 3,
        target: { provider: 'automatic1111', baseURL: target.url, size: '256x256', concurrency: 2 },
      },
    });
    const data = await putDataFolder(join(cwd, 'data'));
    const run = watchArt(['run', '--data-dir', data, '--quiet', '--no-report'], { cwd });
    await target.asked('/sdapi', (GATES[0] ?? 0) + 1);
    const live = await startView(data, app);
    const watched = await openApp({}, live);
    const { page } = watched;
    try {
      const progress = page.getByRole('region', { name: 'Progress' });
      await progress.waitFor({ timeout: 30_000 });
      const pictures = async () =>
        await page.evaluate<number>(
          `[...document.querySelectorAll('section[aria-label=Progress] progress')].slice(1).reduce((sum, { value }) => sum + value, 0)`,
        );
      await expect.poll(pictures, { timeout: 30_000 }).toBeGreaterThan(0);
      const before = await pictures();
      expect(await seriousViolations(page)).toEqual([]);
      gates[0]?.resolve();
      await expect.poll(pictures, { timeout: 30_000 }).toBeGreaterThan(before);
      gates[1]?.resolve();
      const ended = await run.ended;
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      await progress.waitFor({ state: 'detached', timeout: 30_000 });
      await expect.poll(async () => await page.locator('main').innerText()).toMatch(/8 prompts/);
      // While the data changed hands the page may have been told to ask again.
      expect((await watched.troubles()).filter((trouble) => !/503/.test(trouble))).toEqual([]);
    } finally {
      for (const gate of gates) gate.resolve();
      await watched.close();
      await live.close();
      await target.close();
    }
  });
});

async function openApp(
  look: Partial<Omit<WatchOptions, 'mayAsk'>> = {},
  server: RunningView = view,
): Promise<WatchedPage> {
  if (browser === undefined) throw new Error('there is no browser');
  const { viewport = DESKTOP, colorScheme = 'light' } = look;
  const watched = await openWatchedPage(browser, {
    viewport,
    colorScheme,
    mayAsk: (url) => url.startsWith(`http://127.0.0.1:${server.port}/`),
  });
  await watched.page.goto(server.link());
  await settled(watched.page);
  expect(watched.page.url()).not.toContain('token');
  return watched;
}

async function nameReviewer(page: Page, name: string): Promise<void> {
  const field = page.getByLabel('Who labels?');
  await field.fill(name);
  await field.press('Enter');
  await page
    .getByText(/by you/)
    .first()
    .waitFor();
}

async function openImage(page: Page, place: number): Promise<void> {
  await page.locator(`[data-place="${place}"] [data-open]`).click();
  await page.getByRole('dialog').getByText('To draw it again').waitFor();
}

/** How many images the gallery says that it shows. */
async function shownCount(page: Page): Promise<number> {
  const status = page.getByRole('status').filter({ hasText: /images$/ });
  const text = await status.first().innerText();
  return Number(/^([\d,]+)/.exec(text)?.[1]?.replaceAll(',', ''));
}

async function storedLabels(): Promise<string[]> {
  const store = await openStore({ dataDir, command: 'test' });
  try {
    const campaign = await findCampaign(store.database, 'latest');
    const labels = await listLabels(store.database, campaign?.id ?? '');
    return labels.map(({ reviewer, label }) => `${reviewer} ${label}`).sort();
  } finally {
    await store.close();
  }
}
