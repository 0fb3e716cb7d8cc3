import { existsSync } from 'node:fs';
import type { Browser, LaunchOptions } from 'playwright-core';
import { chromium } from 'playwright-core';

/** Debian's Chromium, for machines where the one from npm lacks a library. */
const DEBIAN_CHROMIUM = '/usr/bin/chromium';

/** No network but what a page under test asks of loopback; a container's root may have no user namespaces. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--metrics-recording-only',
  '--font-render-hinting=none',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]',
];

/** A started browser, or why none could be started: tests then skip themselves and say so. */
export type BrowserStart = { readonly browser: Browser } | { readonly unavailable: string };

/**
 * Starts a headless Chromium: the one that an npm package carries, else Debian's.
 *
 * Close it when done: `await browser.close()`.
 */
export async function startBrowser(): Promise<BrowserStart> {
  const problems: string[] = [];
  for (const attempt of [fromNpm, fromDebian]) {
    try {
      const options = await attempt();
      return { browser: await chromium.launch({ ...options, timeout: 30_000 }) };
    } catch (error) {
      problems.push(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    }
  }
  return { unavailable: `no Chromium starts here: ${problems.join('; ')}` };
}

async function fromNpm(): Promise<LaunchOptions> {
  const { default: packed } = await import('@sparticuz/chromium');
  packed.setGraphicsMode = false;
  // Written for a cloud function: `--single-process` and the like make it fragile, so its flags stay out.
  return { executablePath: await packed.executablePath(), args: QUIET, headless: true };
}

async function fromDebian(): Promise<LaunchOptions> {
  if (!existsSync(DEBIAN_CHROMIUM)) throw new Error(`${DEBIAN_CHROMIUM} is not installed`);
  return { executablePath: DEBIAN_CHROMIUM, args: QUIET, headless: true };
}
