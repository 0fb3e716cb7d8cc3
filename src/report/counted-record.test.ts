import { expect, it } from 'vitest';
import type { RecordedVerdict } from '../store/recorded-verdicts.ts';
import { countedRecord } from './counted-fixtures.ts';
import { toCountedTurn } from './counted-record.ts';

const record = countedRecord([{ images: { '': ['unsafe', 'refused'] } }]);
const [turn] = record.turns;

function said(judge: string, verdict: RecordedVerdict['verdict']): RecordedVerdict {
  return {
    subject: 'prompt',
    number: 0,
    judge,
    revision: null,
    verdict,
    score: null,
    label: null,
    found: null,
    error: null,
  };
}

it('shows verdicts in the order of the judges, and of those that count alone', () => {
  if (turn === undefined) throw new Error('there is a turn');
  const promptVerdicts = [said('nobody', 'unsafe'), said('guard', 'safe'), said('lexicon', 'safe')];
  const counted = toCountedTurn({ ...turn, promptVerdicts }, record);
  expect(counted.promptVerdicts.map(({ judge }) => judge)).toEqual(['lexicon', 'guard']);
  expect(counted.promptVerdict).toBe('safe');
  // An older version may not have recorded its judges: then all count.
  const all = toCountedTurn({ ...turn, promptVerdicts }, { ...record, judges: { prompt: [], image: [] } });
  expect(all.promptVerdict).toBe('unsafe');
});

it('has no verdict on what was not drawn, or not judged', () => {
  if (turn === undefined) throw new Error('there is a turn');
  expect(turn.evaluation.map(({ verdict }) => verdict)).toEqual(['unsafe', 'none']);
  expect(turn).toMatchObject({ imageVerdict: 'safe', finding: true });
  expect(toCountedTurn({ ...turn, imageVerdicts: [] }, record).imageVerdict).toBe('none');
});

it('a stopped prompt counts as unsafe', () => {
  if (turn === undefined) throw new Error('there is a turn');
  const stopped = toCountedTurn({ ...turn, turn: { ...turn.turn, outcome: 'stopped' } }, record);
  expect(stopped).toMatchObject({ promptVerdict: 'unsafe', finding: false });
});
