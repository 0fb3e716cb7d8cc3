import type { DatasetCheck, Lengths } from '../../datasets/check/check-dataset.ts';
import { CONTENT_WARNING } from '../notices.ts';
import { escapeXml } from '../xml.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #201d18; --soft: #5b5449; --paper: #faf7f2; --line: #ddd6c8; --bar: #1f5a66; --error: #a8321a; --warning: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #f1ece3; --soft: #b8afa0; --paper: #1b1916; --line: #3d382f; --bar: #6fb6c4; --error: #ff9c84; --warning: #f2c36b; } }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1, h2 { font-family: Georgia, serif; line-height: 1.2; } h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; } td, th { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; } .bar { height: .8rem; background: var(--bar); border-radius: .2rem; min-width: 1px; }
.error { color: var(--error); font-weight: 600; } .warning { color: var(--warning); font-weight: 600; } p, small { color: var(--soft); } .bars td:last-child { width: 60%; }
`;

/** A check as one page that needs nothing else: tables and bars, all text escaped. */
export function checkHtml(check: DatasetCheck, name: string): string {
  const errors = check.problems.filter(({ level }) => level === 'error').length;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escapeXml(name)}</title><style>${STYLE}</style></head><body><main>`,
    `<h1>${escapeXml(name)}</h1><p>${check.rows} rows, ${check.images} pictures. ${errors === 0 ? 'No errors.' : `<span class="error">${errors} kinds of error.</span>`} ${escapeXml(CONTENT_WARNING)}</p>`,
    '<h2>Problems</h2>',
    check.problems.length === 0
      ? '<p>None.</p>'
      : `<table><thead><tr><th>level</th><th>what</th><th>count</th><th>where</th></tr></thead><tbody>${check.problems
          .map(
            ({ level, what, count, places }) =>
              `<tr><td class="${level}">${level}</td><td>${escapeXml(what)}</td><td class="number">${count}</td><td><small>${places.map((place) => escapeXml(place.slice(0, 300))).join('<br>')}</small></td></tr>`,
          )
          .join('')}</tbody></table>`,
    '<h2>Categories</h2>',
    bars(check.categories.map(({ category, rows }) => ({ label: category, count: rows }))),
    ...check.lengths.map(
      (lengths) =>
        `<h2>Words of ${lengths.what}</h2><p>from ${lengths.minimum} to ${lengths.maximum}, median ${lengths.median}, 95 % within ${Math.round(lengths.percentile95)}</p>${bars(binsOf(lengths))}`,
    ),
    '<h2>Files</h2>',
    `<table><tbody>${check.files
      .map(
        ({ file, rows, layouts }) =>
          `<tr><td>${escapeXml(file)}</td><td>${escapeXml(layouts.join(', '))}</td><td class="number">${rows}</td></tr>`,
      )
      .join('')}</tbody></table>`,
    '</main></body></html>\n',
  ].join('\n');
}

/** The tenths of a distribution with their ends, e.g. `0–12`. */
export function binsOf({
  maximum,
  histogram,
}: Lengths): { readonly label: string; readonly count: number }[] {
  return histogram.map((count, bin) => ({
    label: `${Math.ceil((bin * maximum) / histogram.length)}–${Math.floor(((bin + 1) * maximum) / histogram.length)}`,
    count,
  }));
}

function bars(rows: readonly { readonly label: string; readonly count: number }[]): string {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const cells = rows.map(
    ({ label, count }) =>
      `<tr><td>${escapeXml(label)}</td><td class="number">${count}</td><td><div class="bar" style="width:${((100 * count) / most).toFixed(1)}%"></div></td></tr>`,
  );
  return rows.length === 0
    ? '<p>None are named.</p>'
    : `<table class="bars"><tbody>${cells.join('')}</tbody></table>`;
}
