import { expect, test } from 'vitest';
import { htmlPage } from './html-page.ts';
import { PLOT_STYLE_SOURCE } from './plot-style.ts';
import { sourceHash } from './source-hash.ts';

const assets = { script: 'const end = "</script><!--";', style: 'p { color: red }' };

test('lets through the scripts and styles that it holds, by their hashes, and nothing else', () => {
  const page = htmlPage(assets, '{"a":1}');
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
  const script = /<script type="module">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
  const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
  expect(policy.split('; ')).toEqual([
    "default-src 'none'",
    `script-src ${sourceHash(script)}`,
    `style-src ${sourceHash(style)} ${PLOT_STYLE_SOURCE}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  expect(style).toBe(assets.style);
});

test('a script whose texts would end its element stays whole and means the same', () => {
  const page = htmlPage(assets, '{}');
  expect(page.match(/<\/script>/g)).toHaveLength(3);
  expect(page).not.toContain('<!--');
  const script = /<script type="module">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
  expect(new Function(`${script} return end;`)()).toBe('</script><!--');
});

test('names no address on any network', () => {
  expect(htmlPage({ script: '', style: '' }, '{}')).not.toMatch(/https?:/);
});
