import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import { marked } from 'marked';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildReport } from '../src/report/build-report.ts';
import { compareCampaigns } from '../src/report/compare/compare.ts';
import { readComparedCampaign } from '../src/report/compare/compared-campaign.ts';
import { COMPARISON_WRITERS } from '../src/report/compare/comparison-writers.ts';
import { writeCsv } from '../src/report/csv.ts';
import { CSV_TABLE_NAMES, isCsvTable, writeCsvTable } from '../src/report/csv-tables.ts';
import { REPORT_WRITERS } from '../src/report/formats.ts';
import { writeHtml } from '../src/report/html/write-html.ts';
import { writeJunit } from '../src/report/junit.ts';
import { writeLatex } from '../src/report/latex.ts';
import { writeMarkdown } from '../src/report/markdown.ts';
import { rawRows, writeRawData } from '../src/report/raw-data.ts';
import type { ReportModel } from '../src/report/report-model.ts';
import { openStore } from '../src/store/open-store.ts';
import { storableText } from '../src/store/storable.ts';
import { categoryTitle, visibleText } from '../web/src/format/words.ts';
import { hashHref } from '../web/src/routing/hash-route.ts';
import { startBrowser } from './support/browser.ts';
import {
  DESKTOP,
  goTo,
  openWatchedPage,
  settled,
  strangeElements,
  type WatchedPage,
} from './support/browser-page.ts';
import { HOSTILE_CATEGORIES, storeHostileCampaign } from './support/hostile-campaign.ts';
import { HOSTILE_STRINGS } from './support/hostile-strings.ts';
import { runArt } from './support/run-art.ts';
import { buildApp, type RunningView, startView } from './support/view.ts';

const started = await startBrowser();
const browser = 'browser' in started ? started.browser : undefined;
if ('unavailable' in started) process.stderr.write(`Skipping what needs a browser: ${started.unavailable}\n`);

const ESCAPE = '\u001b';
const folder = mkdtempSync(join(tmpdir(), 'art-e2e-injection-'));
const dataDir = join(folder, 'data');
const IDS = ['hostile-a', 'hostile-b'] as const;
const PROMPTS = HOSTILE_STRINGS.map(({ text }) => storableText(text));

/** Everything that is written of the two campaigns, made once. */
interface Written {
  readonly reports: readonly ReportModel[];
  readonly html: string;
  readonly markdown: readonly string[];
  readonly latex: readonly string[];
  readonly csv: Readonly<Record<string, string>>;
  readonly junit: string;
  readonly json: string;
  readonly jsonl: string;
  readonly raw: readonly unknown[];
  readonly stories: readonly { readonly category: string; readonly prompts: readonly string[] }[];
}

let written: Written;
const app = await buildApp();

beforeAll(async () => {
  const store = await openStore({ dataDir, command: 'test' });
  try {
    const campaigns = [
      await storeHostileCampaign(store, { id: IDS[0] }),
      await storeHostileCampaign(store, { id: IDS[1], shift: 7 }),
    ];
    const reports: ReportModel[] = [];
    for (const campaign of campaigns) reports.push(await buildReport(store, campaign));
    const comparison = compareCampaigns(
      await Promise.all(campaigns.map((campaign) => readComparedCampaign(store, campaign))),
    );
    const [first = reports[0]] = reports;
    if (first === undefined) throw new Error('there is no report');
    const raw = await Array.fromAsync(rawRows(store, campaigns));
    written = {
      reports,
      html: await writeHtml({ reports, campaigns, store }, { assets: app.assets }),
      markdown: [writeMarkdown(first), writeMarkdown(...reports), COMPARISON_WRITERS.markdown(comparison)],
      latex: [writeLatex(first), writeLatex(...reports), COMPARISON_WRITERS.latex(comparison)],
      csv: Object.fromEntries([
        ['report', writeCsv(first)],
        ['reports', writeCsv(...reports)],
        ['comparison', COMPARISON_WRITERS.csv(comparison)],
        ...CSV_TABLE_NAMES.filter(isCsvTable).map((name) => [name, writeCsvTable(reports, name)]),
      ]),
      junit: writeJunit(reports, []),
      json: await textOf(REPORT_WRITERS.json({ reports, campaigns, store })),
      jsonl: (await Array.fromAsync(writeRawData(store, campaigns))).join(''),
      raw,
      stories: storiesOf(raw),
    };
  } finally {
    await store.close();
  }
}, 120_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the corpus', () => {
  it('has at least 60 strings and each of them in every role', () => {
    expect(HOSTILE_STRINGS.length).toBeGreaterThanOrEqual(60);
    const prompts = new Set(written.stories.flatMap((story) => story.prompts));
    // PGlite drops a byte order mark at the beginning of a text.
    expect(PROMPTS.filter((text) => !prompts.has(text.replace(/^\ufeff/, '')))).toEqual([]);
  });
});

describe.skipIf(browser === undefined)('hostile text in a browser', () => {
  it('is text in every page of the single file', async () => {
    const file = join(folder, 'report.html');
    writeFileSync(file, written.html);
    const url = pathToFileURL(file).href;
    const watched = await watch((asked) => asked.split('#')[0] === url);
    try {
      await watched.page.goto(url);
      await walk(watched.page, { canLabel: false });
      expect(await watched.troubles()).toEqual([]);
    } finally {
      await watched.close();
    }
  });

  describe('through art view', () => {
    let view: RunningView;
    beforeAll(async () => {
      view = await startView(dataDir, app);
    });
    afterAll(() => view.close());

    it('is text in every page', async () => {
      const origin = `http://127.0.0.1:${view.port}/`;
      const watched = await watch((asked) => asked.startsWith(origin));
      try {
        await watched.page.goto(view.link());
        await walk(watched.page, { canLabel: true });
        expect(await watched.troubles()).toEqual([]);
        expect(view.problems).toEqual([]);
      } finally {
        await watched.close();
      }
    });

    it('is text in the exported labels', async () => {
      const watched = await watch((asked) => asked.startsWith(`http://127.0.0.1:${view.port}/`));
      try {
        await watched.page.goto(view.link());
        await settled(watched.page);
        const [csv, jsonl] = await watched.page.evaluate<string[]>(
          `Promise.all(['csv', 'jsonl'].map((format) => fetch('api/campaigns/${IDS[0]}/labels.' + format).then((answer) => answer.text())))`,
        );
        expectHarmlessCsv(csv ?? '');
        const lines = (jsonl ?? '').trimEnd().split('\n');
        expect(lines.length).toBeGreaterThan(HOSTILE_STRINGS.length);
        const reviewers = new Set(lines.map((line) => String(JSON.parse(line).reviewer)));
        expect(reviewers).toContain('@SUM(1,1)');
      } finally {
        await watched.close();
      }
    });
  });

  it('is text in Markdown, whatever renders it', async () => {
    const watched = await watch(() => false);
    try {
      for (const markdown of written.markdown) {
        for (const gfm of [true, false]) {
          const html = await marked.parse(markdown, { gfm });
          await watched.page.setContent(`<!doctype html><meta charset="utf-8"><body>${html}</body>`);
          expect(await watched.page.evaluate('document.readyState')).toBe('complete');
          expect(
            await watched.page.evaluate(`[...document.querySelectorAll('body *')]
              .filter((element) => !/^(H[1-6]|P|TABLE|THEAD|TBODY|TR|TH|TD|UL|OL|LI|STRONG|EM|CODE|A|HR|BR|SUP|SUB|BLOCKQUOTE|DETAILS|SUMMARY|PRE)$/.test(element.tagName)
                || [...element.attributes].some(({ name }) => !/^(align|href|title|start|class)$/.test(name)))
              .map((element) => element.outerHTML.slice(0, 200))`),
          ).toEqual([]);
          expect(
            await watched.page.evaluate(
              `[...document.links].map(({ href }) => href).filter((href) => !/^(https?|mailto):/.test(href))`,
            ),
          ).toEqual([]);
        }
      }
      expect(await watched.troubles()).toEqual([]);
    } finally {
      await watched.close();
    }
  });

  it('leaves JUnit well-formed', async () => {
    const watched = await watch(() => false);
    try {
      const told = await watched.page.evaluate<{ error: string | null; names: string[]; root: string }>(
        `((xml) => {
          const page = new DOMParser().parseFromString(xml, 'application/xml');
          return {
            error: page.querySelector('parsererror')?.textContent ?? null,
            root: page.documentElement.tagName,
            names: [...new Set([...page.querySelectorAll('*')].map(({ tagName }) => tagName))],
          };
        })(${JSON.stringify(written.junit)})`,
      );
      expect(told.error).toBeNull();
      expect(told.root).toBe('testsuites');
      expect(
        told.names.filter(
          (name) => !/^(testsuites?|testcase|failure|system-out|propert(y|ies)|skipped|error)$/.test(name),
        ),
      ).toEqual([]);
    } finally {
      await watched.close();
    }
  });
});

describe('hostile text in files', () => {
  it('is no formula in any CSV table', () => {
    expect(Object.keys(written.csv).length).toBeGreaterThan(8);
    for (const csv of Object.values(written.csv)) expectHarmlessCsv(csv);
  });

  it('comes back unchanged from JSON and JSON Lines', () => {
    expect(JSON.parse(written.json)).toEqual({
      schemaVersion: 1,
      campaigns: JSON.parse(JSON.stringify(written.reports)),
    });
    const lines = written.jsonl.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(written.raw)));
  });

  it('commands nothing in LaTeX', () => {
    for (const latex of written.latex) expectHarmlessLatex(latex);
  });
});

describe('hostile text in a terminal', () => {
  const commands = [
    `report ${IDS[0]}`,
    `report ${IDS.join(' ')}`,
    `compare ${IDS.join(' ')}`,
    'status',
    'labels',
  ];
  it.each(commands)('is cleaned by art %s', async (command) => {
    const pretend = `data:text/javascript,${encodeURIComponent(
      'for (const stream of [process.stdout, process.stderr]) Object.assign(stream, { isTTY: true, columns: 100, getColorDepth: () => 8, hasColors: () => true });',
    )}`;
    const { code, stdout, stderr } = await runArt([...command.split(' '), '--data-dir', dataDir], {
      cwd: folder,
      env: { NODE_OPTIONS: `--import=${pretend}`, NO_COLOR: undefined, FORCE_COLOR: '1' },
    });
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(0);
    expect(stdout).toContain(`${ESCAPE}[`);
    for (const text of [stdout, stderr]) {
      expect(withoutOwnCodes(text).match(/(?!\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu)).toBeNull();
    }
  });
});

async function watch(mayAsk: (url: string) => boolean): Promise<WatchedPage> {
  if (browser === undefined) throw new Error('there is no browser');
  return await openWatchedPage(browser, { viewport: DESKTOP, mayAsk });
}

/** Our own colours, and what draws a line anew while something takes time. */
const OWN_CODES = new RegExp(`${ESCAPE}\\[(?:(?:0|1|2|22|32|33|39)m|2?K|\\?25[lh])|\\r`, 'g');

function withoutOwnCodes(text: string): string {
  return text.replaceAll(OWN_CODES, '');
}

/** Every page of the app, with all that can be unfolded unfolded. */
async function walk(page: Page, { canLabel }: { readonly canLabel: boolean }): Promise<void> {
  const campaign = IDS[0];
  await settled(page);
  const look = async (what: string) => {
    await page.evaluate(
      'for (const details of document.querySelectorAll("main details")) details.open = true',
    );
    expect(await strangeElements(page), what).toEqual([]);
    expect(await page.evaluate('window.injected ?? null'), what).toBeNull();
  };
  const go = async (segments: readonly (string | number)[], params: Record<string, string> = {}) => {
    await goTo(page, hashHref(segments, { campaign, ...params }));
    await look(segments.join('/'));
  };
  const shows = async (texts: readonly string[]) => {
    const missing = await page.evaluate<string[]>(
      `((told) => { const { textContent } = document.querySelector('main'); return told.filter((text) => !textContent.includes(text)); })(${JSON.stringify(texts.map(visibleText))})`,
    );
    expect(missing).toEqual([]);
  };

  await go([]);
  await shows(HOSTILE_CATEGORIES.map(categoryTitle));
  await go(['compare']);
  await go(['gallery'], { show: 'all' });
  await page.locator('[data-place="0"] [data-open]').click();
  await page.getByRole('dialog').waitFor();
  await look('an image of the gallery');
  await page.keyboard.press('Escape');
  await go(['gallery'], { show: 'all', text: '<', category: HOSTILE_CATEGORIES[0] ?? '' });
  await go(['conversations']);
  for (const { category, prompts } of written.stories) {
    await go(['conversations', category, 0]);
    await page.getByLabel('Mark changed words').uncheck();
    await shows(prompts);
  }
  await go(['review']);
  if (canLabel) {
    const name = page.getByLabel('Who labels?');
    await name.fill('"><img src=x onerror=window.injected=1>');
    await name.press('Enter');
    await look('labelling');
  }
  await go(['<script>window.injected=1</script>']);
}

/** The first campaign's conversations, as the raw data tell them. */
function storiesOf(raw: readonly Readonly<Record<string, unknown>>[]): Written['stories'] {
  const turns = raw.filter(({ type, campaign }) => type === 'turn' && campaign === IDS[0]);
  return [...Map.groupBy(turns, ({ category }) => String(category))].map(([category, told]) => ({
    category,
    prompts: told.map(({ prompt }) => String(prompt)),
  }));
}

/** No cell that a spreadsheet would take for a formula. */
function expectHarmlessCsv(csv: string): void {
  const rows: string[][] = parse(csv, { bom: true });
  expect(rows.length).toBeGreaterThan(0);
  const formulas = rows
    .flat()
    .filter(
      (cell) => /^[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20]/.test(cell) && !Number.isFinite(Number(cell)),
    );
  expect(formulas.filter((cell) => !/^[|%\n]/.test(cell))).toEqual([]);
}

/** What the writer itself uses; texts only come through `\\text…` and `\\symbol`. */
const OWN_COMMANDS =
  /\\(?:begin|end|toprule|midrule|bottomrule|cmidrule|multicolumn|caption|label|small|footnotesize|scriptsize|centering|emph|text[a-z]+|ensuremath|addlinespace|tabcolsep|setlength|resizebox|ifdim|else|fi|width|linewidth|textwidth|par|noindent|smallskip|medskip|bigskip)(?![a-zA-Z])|\\symbol\{\d+\}/g;

/** No command, no mathematics, no comment and no column that the text brings along. */
function expectHarmlessLatex(latex: string): void {
  const code = latex
    .split('\n')
    .filter((line) => !line.startsWith('%'))
    .join('\n');
  expect(code).not.toMatch(/\\(?:input|href|require|write|def|csname)\b/);
  const rest = code
    .replaceAll(/%$|95~|\$-\$/gm, '')
    .replaceAll('\\\\', '\n')
    .replaceAll(/\\[{}$&#_%~^,;!@ -]/g, '')
    .replaceAll(OWN_COMMANDS, '');
  expect(rest.match(/.{0,20}\\.{0,20}/g)).toBeNull();
  expect(rest.match(/.{0,20}[#%~^_$].{0,20}/g)).toBeNull();
  let depth = 0;
  for (const character of rest) {
    if (character === '{') depth++;
    if (character === '}') depth--;
    expect(depth).toBeGreaterThanOrEqual(0);
  }
  expect(depth).toBe(0);
  expect(code.match(/(?!\n)[\p{Cc}\p{Bidi_Control}]/gu)).toBeNull();
}

async function textOf(made: string | Promise<string> | AsyncIterable<string>): Promise<string> {
  return typeof made === 'string' || made instanceof Promise ? made : (await Array.fromAsync(made)).join('');
}
