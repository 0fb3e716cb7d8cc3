import { afterAll, beforeAll, expect, test } from 'vitest';
import { listMeasurements, type NewMeasurement, putMeasurements } from './judge-measurements.ts';
import { MOMENT, openTemporaryStore, type TemporaryStore } from './store-fixtures.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

const measurement = (more: Partial<NewMeasurement> = {}): NewMeasurement => ({
  judge: 'q16',
  subject: 'image',
  revision: 'r1',
  data: 'labelled.csv',
  truePositives: 8,
  falseNegatives: 2,
  trueNegatives: 19,
  falsePositives: 1,
  measuredAt: MOMENT,
  ...more,
});

test('measuring the same judge on the same data again replaces, anything else is added', async () => {
  const { database } = temporary.store;
  const later = new Date(MOMENT.getTime() + 1);
  await putMeasurements(database, [measurement(), measurement({ revision: null })]);
  await putMeasurements(database, [
    measurement({ truePositives: 9, measuredAt: later }),
    measurement({ revision: null, truePositives: 7, measuredAt: later }),
    measurement({ revision: 'r2' }),
    measurement({ data: 'other.csv' }),
    measurement({ subject: 'prompt' }),
  ]);
  const rows = await listMeasurements(database);
  expect(
    rows.map(({ subject, revision, data, truePositives }) => [subject, revision, data, truePositives]),
  ).toEqual([
    ['image', null, 'labelled.csv', 7],
    ['image', 'r1', 'labelled.csv', 9],
    ['prompt', 'r1', 'labelled.csv', 8],
    ['image', 'r1', 'other.csv', 8],
    ['image', 'r2', 'labelled.csv', 8],
  ]);
});
