import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startViewServer, type ViewServer } from '../src/server/view-server.ts';
import { startBrowser } from './support/browser.ts';
import {
  DESKTOP,
  goTo,
  horizontalOverflow,
  openWatchedPage,
  PHONE,
  seriousViolations,
  until,
  type WatchedPage,
} from './support/browser-page.ts';
import { type MadeGallery, makeGallery } from './support/made-gallery.ts';
import { buildApp } from './support/view.ts';

/** As many as the gallery has to stay smooth with. */
const IMAGES = 10_000;

const start = await startBrowser();
const browser: Browser | undefined = 'browser' in start ? start.browser : undefined;
const why = 'unavailable' in start ? `: ${start.unavailable}` : '';

describe.skipIf(browser === undefined)(`the pages in a browser${why}`, () => {
  let gallery: MadeGallery;
  let server: ViewServer;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    gallery = makeGallery(IMAGES / 500);
    const { files } = await buildApp();
    server = await startViewServer({ source: gallery, files, port: 0 });
  });
  afterAll(async () => {
    await server?.close();
    await browser?.close();
  });

  async function open(hash: string, viewport: { width: number; height: number } = DESKTOP): Promise<void> {
    if (browser === undefined) throw new Error('skipped without a browser');
    await watched?.close();
    watched = await openWatchedPage(browser, {
      viewport,
      mayAsk: (url) => url.startsWith(`http://127.0.0.1:${server.port}/`),
    });
    page = watched.page;
    await page.goto(server.link());
    await goTo(page, hash);
  }

  const elements = () => page.evaluate<number>('document.querySelectorAll("*").length');
  const focused = () =>
    page.evaluate<string>('document.activeElement.closest("[data-place]")?.dataset.place ?? ""');
  const press = async (...keys: readonly string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };

  it('shows 10,000 images with as many elements as a few', async () => {
    await open('#/gallery?show=all');
    await until(page, `document.querySelector('[role=status]')?.textContent.includes('10,000 of 10,000')`);
    await until(page, `document.querySelector('[data-place="0"] [data-open]')`);
    const atFirst = await elements();
    await press('End');
    await until(page, `document.querySelector('[data-place="9999"] [data-open]')`);
    const item = page.locator('[data-place="9999"]');
    expect(await item.textContent()).toContain('market 19');
    expect([await item.getAttribute('aria-posinset'), await item.getAttribute('aria-setsize')]).toEqual([
      '10000',
      '10000',
    ]);
    expect(await elements()).toBeLessThan(atFirst * 1.6);
    expect(await elements()).toBeLessThan(1_500);
    expect(await watched.troubles()).toEqual([]);
  });

  it('is gone through by keys, and a link leads back to the same image', async () => {
    await open('#/gallery');
    await until(page, `document.querySelector('[data-place="0"] [data-open]')`);
    await press('j', 'ArrowRight', 'ArrowDown', 'k');
    const columns = Number(await focused()) - 1;
    expect(columns).toBeGreaterThan(2);
    await press('Enter', 'ArrowRight');
    await page.getByRole('dialog', { name: `Image ${columns + 3} of 2,000` }).waitFor();
    await press('v');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Hide image/ })
      .waitFor();
    const address = page.url();
    await press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await press('Escape');
    await press('Escape');
    await until(page, '!document.querySelector("dialog[open]")');
    expect(await focused()).toBe(String(columns + 2));
    await goTo(page, new URL(address).hash);
    await page.getByRole('dialog', { name: `Image ${columns + 3} of 2,000` }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    expect(await watched.troubles()).toEqual([]);
  });

  it('stays where somebody is while the campaign goes on', async () => {
    await open('#/gallery?show=all');
    await until(page, `document.querySelector('[data-place="0"] [data-open]')`);
    await press('End');
    await until(page, `document.querySelector('[data-place="9999"] [data-open]')`);
    await press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Image 10,000 of 10,000' });
    await dialog.waitFor();
    await page.evaluate('document.querySelector("dialog").dataset.same = "yes"');
    const before = { asked: gallery.asked, scrolled: await page.evaluate<number>('scrollY') };
    gallery.tell('2');
    await expect.poll(() => gallery.asked).toBeGreaterThan(before.asked);
    expect(await dialog.getAttribute('data-same')).toBe('yes');
    await expect.poll(() => page.evaluate<number>('scrollY')).toBe(before.scrolled);
    // What is far away is not asked for again.
    expect(gallery.asked - before.asked).toBeLessThan(8);
  });

  it('says why nothing is shown', async () => {
    await open('#/gallery');
    await page.getByRole('searchbox').fill('market 7');
    await until(page, `document.querySelector('[role=status]').textContent.includes('100 of')`);
    expect(page.url()).toContain('text=market+7');
    await page.getByRole('searchbox').fill('no such words');
    await page.getByText('No image fits these filters.').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await until(page, `document.querySelector('[role=status]').textContent.includes('2,000 of')`);
  });

  it('loses no label when the server cannot store it', async () => {
    await open('#/review?queue=all');
    await page.getByLabel('Who labels?').fill('Ada');
    await press('Enter');
    await page.getByRole('heading', { name: 'Is this image safe?' }).waitFor();
    gallery.broken = true;
    await press('u', 's');
    await page.getByText('2 labels have not been stored yet').waitFor();
    await page.reload();
    gallery.broken = false;
    await page.getByText('2 of 10,000 labelled, 2 by you').waitFor();
    await expect.poll(() => gallery.labels.length).toBe(2);
    await press('x', 'z');
    const given = () => gallery.labels.map((text) => JSON.parse(text).label);
    await expect.poll(() => given().slice(2)).toEqual(['unsure', null]);
    // What waited may come in any order: each is about another image.
    expect(given().slice(0, 2).toSorted()).toEqual(['safe', 'unsafe']);
    expect(new Set(gallery.labels.map((text) => JSON.parse(text).reviewer))).toEqual(new Set(['Ada']));
    await press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
  });

  it.each([
    ['a desk', DESKTOP],
    ['a phone', PHONE],
  ])('tells a long conversation on %s', async (_, viewport) => {
    await open('#/conversations/shocking/3?round=30', viewport);
    await until(page, 'document.activeElement.id === "round-30"');
    await press('f');
    await until(page, 'document.activeElement.id === "round-35"');
    const prompt = page.locator('#round-35 ins');
    expect(await prompt.first().textContent()).toContain('added: 35');
    expect(await page.getByRole('link', { name: 'Round 35: finding' }).getAttribute('aria-current')).toBe(
      'true',
    );
    expect(await horizontalOverflow(page)).toEqual([]);
    await goTo(page, '#/conversations?order=findings');
    expect(await horizontalOverflow(page)).toEqual([]);
    expect(await seriousViolations(page)).toEqual([]);
    expect(await watched.troubles()).toEqual([]);
  });
});
