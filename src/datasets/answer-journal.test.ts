import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openAnswerJournal } from './answer-journal.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'art-journal-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('what was answered is not asked again, refusals neither, and a line that was cut off costs that line', async () => {
  const path = await folder();
  const first = await openAnswerJournal(path);
  await first.answer({ text: 'one', seed: 1 }, async () => ({ answer: 'said' }));
  await first.answer({ text: 'two', seed: 1 }, async () => ({ problem: 'refused' }));
  await first.answer({ text: 'three', seed: 1 }, async () => ({ answer: 'lost' }));
  const file = join(path, 'answers.jsonl');
  const text = await readFile(file, 'utf8');
  await rm(file);
  await appendFile(file, text.slice(0, -5));

  const second = await openAnswerJournal(path);
  const never = async () => {
    throw new Error('asked again');
  };
  expect(await second.answer({ text: 'one', seed: 1 }, never)).toEqual({ answer: 'said' });
  expect(await second.answer({ text: 'two', seed: 1 }, never)).toEqual({ problem: 'refused' });
  expect(await second.answer({ text: 'three', seed: 1 }, async () => ({ answer: 'again' }))).toEqual({
    answer: 'again',
  });
  expect(await second.answer({ text: 'one', seed: 2 }, async () => ({ answer: 'other' }))).toEqual({
    answer: 'other',
  });
  expect([second.asked, second.remembered]).toEqual([2, 2]);

  const third = await openAnswerJournal(path);
  expect(await third.answer({ text: 'three', seed: 1 }, never)).toEqual({ answer: 'again' });
});
