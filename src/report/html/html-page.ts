import type { AppAssets } from './app-assets.ts';
import { PLOT_STYLE_SOURCE } from './plot-style.ts';
import { sourceHash } from './source-hash.ts';

/**
 * The single file: the app and its data in one page that asks nothing of any network.
 *
 * Its Content-Security-Policy lets through the app's own script and styles, by their hashes, and pictures that
 * stand in the page. Whatever a model wrote is data in an element that no browser runs.
 *
 * @param data what {@link embedJson} gives
 */
export function htmlPage(assets: AppAssets, data: string): string {
  const script = inScript(assets.script);
  const style = assets.style.replaceAll(/<\/style/gi, '<\\/style');
  const policy = [
    "default-src 'none'",
    `script-src ${sourceHash(script)}`,
    `style-src ${sourceHash(style)} ${PLOT_STYLE_SOURCE}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>ART report</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="app"><noscript>This report is an app: it needs JavaScript, and no network.</noscript></div>
<script type="text/plain" id="licences">${assets.licences?.replaceAll('<', '‹') ?? ''}</script>
<script type="application/json" id="art-data">${data}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

/** What would end a script element, or keep it from ending, written so that it does not; the same to the script. */
function inScript(script: string): string {
  return script.replaceAll(/<\/(?=script)/gi, '<\\/').replaceAll('<!--', '<\\x21--');
}
