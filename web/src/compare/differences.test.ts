import { expect, test } from 'vitest';
import { differences } from './differences.ts';

const table = {
  title: 'Campaigns',
  columns: ['campaign', 'id', 'target', 'size', 'guidance'],
  textColumns: 3,
  rows: [
    ['harbour', 'a', 'sandbox', '512x512', '7.5'],
    ['harbour, low', 'b', 'sandbox', '512x512', '1'],
  ],
};

test('what is the same in all is left out, and so are ids', () => {
  expect(differences(table)).toEqual({
    title: 'Campaigns',
    columns: ['campaign', 'guidance'],
    textColumns: 1,
    rows: [
      ['harbour', '7.5'],
      ['harbour, low', '1'],
    ],
  });
});

test('campaigns that are set up the same are told by their ids', () => {
  const same = { ...table, rows: table.rows.map((row) => [...row.slice(0, 4), '7.5']) };
  expect(differences(same).columns).toEqual(['campaign', 'id']);
});
