import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readStaticFiles } from './static-files.ts';

function folderWith(names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'art-web-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of names) writeFileSync(join(folder, name), name);
  return folder;
}

it('knows the files of the app by their exact paths, and no others', () => {
  const folder = folderWith(['index.html', 'app.js', 'app.css', '.env', 'notes.txt', 'app.js.map']);
  mkdirSync(join(folder, 'sub.js'));
  symlinkSync('/etc/hostname', join(folder, 'linked.js'));
  const files = readStaticFiles(folder);
  expect([...files.keys()].sort()).toEqual(['/', '/app.css', '/app.js']);
  expect(files.get('/')?.contentType).toBe('text/html; charset=utf-8');
  expect(files.get('/app.js')?.contentType).toBe('text/javascript; charset=utf-8');
});

it('says how to build an app that is not there', () => {
  for (const folder of [folderWith(['app.js']), join(tmpdir(), 'art-nowhere')]) {
    expect(() => readStaticFiles(folder)).toThrow(
      expect.objectContaining({ code: 'APP_MISSING', hint: expect.stringContaining('build:web') }),
    );
  }
});
