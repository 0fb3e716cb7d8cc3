import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { fileProblem, shownPath } from './shown-path.ts';

test.each([
  ['lists/a.csv', 'lists/a.csv'],
  ['./lists/../a.csv', 'a.csv'],
  ['/home/somebody/work/lists/a.csv', 'lists/a.csv'],
  ['/home/somebody/work', 'work'],
  ['.', 'work'],
  ['../secret-client/a.csv', 'a.csv'],
  ['/home/somebody/working/a.csv', 'a.csv'],
  ['..a/b.csv', '..a/b.csv'],
])('%s is shown as %s', (path, shown) => {
  expect(shownPath(path, '/home/somebody/work')).toBe(shown);
});

test('a file that cannot be read is told of without its path', async () => {
  const error = await readFile('/nowhere/secret.png').catch((thrown: unknown) => thrown);
  expect(fileProblem(error)).toBe('there is no such file');
  const folder = await readFile('/tmp').catch((thrown: unknown) => thrown);
  expect(fileProblem(folder)).toBe('the file cannot be read (EISDIR)');
});
