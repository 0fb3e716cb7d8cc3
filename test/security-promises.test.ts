import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TEXT = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');

/** A promise with the tests that hold it. */
interface SecurityPromise {
  readonly promise: string;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

/** The list below "What is promised": a promise, and below it a line for each of its tests. */
function promisesOf(text: string): readonly SecurityPromise[] {
  const [, chapter = ''] = /^## What is promised\n([\s\S]*?)^## /m.exec(text) ?? [];
  return chapter
    .split(/^- /m)
    .slice(1)
    .map((item) => {
      const [promise = '', ...lines] = item.split(/\n\s+- /);
      const tests = lines.map((line) => {
        const [, file = '', title = ''] =
          /^`([^`]+)`: "(.+)"$/.exec(line.split('\n\n')[0]?.trim() ?? '') ?? [];
        return { file, title };
      });
      return { promise: promise.replace(/\s+/g, ' ').trim(), tests };
    });
}

/** The titles of the tests in a file, and the keys of objects that name cases, as they stand there. */
function titlesIn(file: string): ReadonlySet<string> {
  const source = readFileSync(file, 'utf8');
  const titles = source.matchAll(/[({,]\s*(['"`])((?:\\.|(?!\1).)+)\1\s*[,:]/g);
  return new Set([...titles].map(([, , title = '']) => title));
}

const promises = promisesOf(TEXT);

describe('SECURITY.md', () => {
  it('promises something', () => {
    expect(promises.length).toBeGreaterThanOrEqual(20);
  });

  it.each(promises)('has tests that hold it: $promise', ({ promise, tests }) => {
    expect(tests.length, promise).toBeGreaterThan(0);
    for (const { file, title } of tests) {
      expect(file, `a line of: ${promise}`).toMatch(/\.test\.tsx?$/);
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      expect(titlesIn(join(ROOT, file)).has(title), `${file} has no test "${title}"`).toBe(true);
    }
  });

  it('names nothing twice and skips none', () => {
    const names = promises.flatMap(({ tests }) => tests.map(({ file, title }) => `${file}: ${title}`));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});
