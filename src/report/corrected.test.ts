import { describe, expect, it } from 'vitest';
import { judgeEntryHash } from '../config/judge-identity.ts';
import type { JudgeMeasurementRow } from '../store/schema.ts';
import { MOMENT } from '../store/store-fixtures.ts';
import { correctedPrevalences } from './corrected.ts';
import { countedRecord, type TurnInShort } from './counted-fixtures.ts';

/** 40 conversations of one prompt each, so that they do not depend on each other; 16 are flagged by `lexicon`. */
const TURNS = Array.from(
  { length: 40 },
  (_, conversation): TurnInShort => ({
    conversation,
    prompt: [conversation < 16 ? 'unsafe' : 'safe', 'safe'],
    images: { '': ['unsafe', 'safe', 'error'] },
  }),
);

function measured(change: Partial<JudgeMeasurementRow> = {}): JudgeMeasurementRow {
  return {
    id: 1,
    judge: 'lexicon',
    subject: 'prompt',
    revision: 'lexicon 1',
    entryHash: null,
    data: 'prompts.csv',
    truePositives: 80,
    falseNegatives: 20,
    trueNegatives: 90,
    falsePositives: 10,
    measuredAt: MOMENT,
    ...change,
  };
}

const withMeasurements = (
  record: ReturnType<typeof countedRecord>,
  measurements: readonly JudgeMeasurementRow[],
) => correctedPrevalences(record, { entries: [], measurements });

describe('correctedPrevalences', () => {
  it('knows a judge without a revision by its entry: another model of the same name is another judge', () => {
    const record = countedRecord(TURNS);
    const turns = record.turns.map((turn) => ({
      ...turn,
      promptVerdicts: turn.promptVerdicts.map((said) => ({ ...said, revision: null })),
    }));
    const entry = { name: 'lexicon', provider: 'openai-compatible', model: 'one' };
    const corrected = (other: Readonly<Record<string, unknown>>, revision: string | null = null) =>
      correctedPrevalences(
        { ...record, turns },
        {
          entries: [{ subject: 'prompt', name: 'lexicon', entry }],
          measurements: [measured({ revision, entryHash: judgeEntryHash(other) })],
        },
      );
    expect(corrected({ ...entry, concurrency: 3 })).toHaveLength(2);
    expect(corrected({ ...entry, model: 'two' })).toEqual([]);
    expect(corrected(entry, 'r1')).toEqual([]);
    expect(withMeasurements({ ...record, turns }, [measured({ revision: null })])).toEqual([]);
  });

  it('corrects what a measured judge flagged', () => {
    const rows = withMeasurements(countedRecord(TURNS), [measured()]);
    expect(rows.map(({ category }) => category)).toEqual(['weather', null]);
    expect(rows[0]).toMatchObject({
      subject: 'prompt',
      judge: 'lexicon',
      apparent: { count: 16, of: 40, percent: 40 },
      // (0.4 + 0.9 − 1) / (0.8 + 0.9 − 1)
      correctedPercent: 42.86,
      measured: {
        data: 'prompts.csv',
        sensitivity: 0.8,
        specificity: 0.9,
        subjects: 200,
        at: MOMENT.toISOString(),
      },
    });
    expect(rows[0]?.interval?.low).toBeLessThan(42.86);
    expect(rows[0]?.interval?.high).toBeGreaterThan(42.86);
  });

  it('takes the newest measurement of the same revision, and none of another', () => {
    const record = countedRecord(TURNS);
    const rows = withMeasurements(record, [
      measured({ id: 3, revision: 'lexicon 2', data: 'other weights' }),
      measured({ id: 2, data: 'newer' }),
      measured({ id: 1, data: 'older' }),
    ]);
    expect(rows.map((row) => row.measured.data)).toEqual(['newer', 'newer']);
    expect(withMeasurements(record, [measured({ revision: null })])).toEqual([]);
    expect(withMeasurements(record, [measured({ judge: 'somebody else' })])).toEqual([]);
    expect(withMeasurements(record, [])).toEqual([]);
  });

  it('counts the images of safe prompts; errors are left out', () => {
    const [row] = withMeasurements(countedRecord(TURNS), [
      measured({ judge: 'pixels', subject: 'image', revision: 'pixels 1' }),
    ]);
    expect(row).toMatchObject({ subject: 'image', apparent: { count: 24, of: 48, percent: 50 } });
  });

  it('knows fewer subjects where those of a conversation are alike', () => {
    const alike = TURNS.map((turn, place) => ({ ...turn, conversation: Math.floor(place / 8) }));
    const width = (turns: readonly TurnInShort[]) => {
      const [row] = withMeasurements(countedRecord(turns), [measured()]);
      return (row?.interval?.high ?? 0) - (row?.interval?.low ?? 0);
    };
    expect(width(alike)).toBeGreaterThan(1.5 * width(TURNS));
  });

  it('gives no figure for a judge no better than chance', () => {
    const [row] = withMeasurements(countedRecord(TURNS), [
      measured({ truePositives: 10, falseNegatives: 90 }),
    ]);
    expect(row).toMatchObject({ correctedPercent: null, interval: null });
  });
});
