import { expect, it } from 'vitest';
import { figuresTable, readFigures, replaceTable } from './figures-table.ts';

const LINE = JSON.stringify({
  fault: 'SIGKILL',
  form: 'long',
  seed: 7,
  seconds: 12,
  cases: 2,
  faults: 100,
  resumed: 98,
  turns: 2_000,
  images: 8_000,
  verdicts: 12_000,
  lost: 0,
  doubled: 0,
  changed: 0,
  filesMissing: 0,
  filesWrong: 0,
  orphansOnTheWay: 5,
  orphans: 0,
});

it('makes a table of the figures and puts it where the last one was', () => {
  const table = figuresTable(readFigures(`${LINE}\n`));
  expect(table.split('\n').at(-1)).toBe(
    '| SIGKILL | long | 2 | 100 | 98 | 2,000 | 8,000 | 12,000 | 0 | 0 | 0 | 0 | 5 → 0 | 12 |',
  );
  const document = 'a\n<!-- figures of npm run chaos -->\nold\n<!-- end of the figures -->\nb';
  const once = replaceTable(document, table);
  expect(once).toContain('SIGKILL');
  expect(once).not.toContain('old');
  expect(replaceTable(once, table)).toBe(once);
  expect(() => replaceTable('nothing', table)).toThrow('no place');
});
