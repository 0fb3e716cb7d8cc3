import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { vi } from 'vitest';

/** The two widths that the pages are made for, each in the colours named. */
export const DESKTOP = { width: 1280, height: 800 } as const;
export const PHONE = { width: 390, height: 844 } as const;

/** A page that is watched. */
export interface WatchedPage {
  readonly page: Page;
  /** Everything that a harmless, self-contained page does not do; empty is well. */
  troubles(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** What {@link openWatchedPage} lets a page do, and how it looks. */
export interface WatchOptions extends Pick<BrowserContextOptions, 'viewport' | 'colorScheme'> {
  /** Which addresses may be asked; `data:` and `blob:` always may. */
  readonly mayAsk: (url: string) => boolean;
}

/** Runs before anything of the page: what breaks its policy is kept where nothing of the page looks. */
const KEEP_VIOLATIONS = `
  const kept = [];
  Object.defineProperty(window, '__violations', { value: kept });
  document.addEventListener('securitypolicyviolation', (event) =>
    kept.push(event.effectiveDirective + ' ' + event.blockedURI + ' ' + event.sample));
`;

/**
 * Opens an empty page in a context of its own and notes whatever it must not do: dialogs, requests elsewhere,
 * errors, breaches of its Content-Security-Policy, windows, downloads, and `window.injected`.
 */
export async function openWatchedPage(
  browser: Browser,
  { mayAsk, ...options }: WatchOptions,
): Promise<WatchedPage> {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
  await context.addInitScript({ content: KEEP_VIOLATIONS });
  const page = await context.newPage();
  const seen: string[] = [];
  page.on('dialog', (dialog) => {
    seen.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      seen.push(`console: ${message.text().slice(0, 300)}`);
  });
  page.on('pageerror', (error) => seen.push(`error: ${error.message}`));
  page.on('popup', (popup) => seen.push(`window: ${popup.url()}`));
  page.on('download', (download) => seen.push(`download: ${download.url().slice(0, 200)}`));
  page.on('frameattached', (frame) => seen.push(`frame: ${frame.url()}`));
  context.on('request', (request) => {
    const url = request.url();
    if (!/^(?:data|blob):/.test(url) && !mayAsk(url)) seen.push(`request: ${url.slice(0, 200)}`);
  });
  page.on('framenavigated', (frame) => {
    const url = frame.url();
    if (url !== 'about:blank' && !mayAsk(url)) seen.push(`navigation: ${url.slice(0, 200)}`);
  });
  return {
    page,
    async troubles() {
      const [violations, injected] = await page.evaluate<[string[], unknown]>(
        '[window.__violations ?? [], window.injected ?? null]',
      );
      return [
        ...seen,
        ...violations.map((violation) => `policy: ${violation}`),
        ...(injected === null ? [] : [`injected: ${String(injected)}`]),
      ];
    },
    close: () => context.close(),
  };
}

/** What a page holds that only hostile text could have put there; empty is well. */
export async function strangeElements(page: Page): Promise<readonly string[]> {
  return await page.evaluate<string[]>(`(() => {
    const strange = [...document.querySelectorAll(
      'iframe, frame, object, embed, base, video, audio, marquee, math, applet, noscript, svg script, svg a, svg use, ' +
      'svg foreignObject, svg animate, body style, meta[http-equiv="refresh" i], form[action], [formaction], ' +
      'a[href]:not([href^="#"]):not([href^="/api/"]):not([href^="api/"]), [srcdoc], [autofocus]:not(input)')];
    for (const element of document.querySelectorAll('*'))
      if (element.getAttributeNames().some((name) => /^on/i.test(name))) strange.push(element);
    return strange
      .filter((element) => !(element.localName === 'style' && element.textContent.startsWith(':where(.art-plot)')))
      .map((element) => element.outerHTML.slice(0, 200));
  })()`);
}

/** A serious breach of the accessibility rules, and where. */
export interface Violation {
  readonly rule: string;
  readonly help: string;
  readonly where: readonly string[];
}

const axeSource = () => readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let axe: string | undefined;

/** Asks axe-core about the page as it stands: what it calls serious or critical. */
export async function seriousViolations(page: Page): Promise<readonly Violation[]> {
  axe ??= axeSource();
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(`${axe};0`);
  return await page.evaluate<
    Violation[]
  >(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, help, nodes }) => ({
      rule: id, help, where: nodes.slice(0, 5).map(({ target, failureSummary }) =>
        target.join(' ') + ': ' + (failureSummary ?? '').replaceAll(/\\s+/g, ' ').slice(0, 240)),
    })))`);
}

/** By how many pixels the page is wider than its window, and what sticks out. */
export async function horizontalOverflow(page: Page): Promise<readonly string[]> {
  return await page.evaluate<string[]>(`(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .slice(0, 5)
      .map((element) => element.tagName + '.' + element.className + ' ' + Math.round(element.getBoundingClientRect().right));
  })()`);
}

/**
 * Waits until an expression is true in the page. Playwright's own `waitForFunction` needs `unsafe-eval`, which our
 * pages rightly forbid.
 */
export async function until(page: Page, expression: string): Promise<void> {
  await vi.waitFor(
    async () => {
      if (!(await page.evaluate<boolean>(`Boolean(${expression})`)))
        throw new Error(`never true: ${expression}`);
    },
    { timeout: 20_000, interval: 25 },
  );
}

/** Waits until a page of the app is there and loads nothing any more. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main').waitFor();
  await rendered(page);
  const loading = page.locator('main [role=status]').filter({ hasText: /…\s*$/ });
  await loading.first().waitFor({ state: 'detached' });
}

/** Waits until what was clicked has been rendered: the old page is there until then, and says of nothing that it loads. */
async function rendered(page: Page): Promise<void> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
}

/**
 * Goes to a page of the app by its address after `#`, as a click on a link would, and waits for it.
 *
 * @param hash e.g. `#/gallery?campaign=…`
 */
export async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await rendered(page);
  await settled(page);
}
