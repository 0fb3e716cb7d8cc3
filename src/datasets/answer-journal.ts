import { createHash } from 'node:crypto';
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJournal } from './read-journal.ts';

const JOURNAL = 'answers.jsonl';

const entrySchema = z.object({
  key: z.string(),
  answer: z.string().nullable(),
  problem: z.string().optional(),
});

/** What came of a question: an answer, or why there is none that can be used. */
export type JournalAnswer = { readonly answer: string } | { readonly problem: string };

/** Remembers what models answered, so that a build that was cut off goes on where it was. */
export interface AnswerJournal {
  /**
   * The remembered answer, or a new one, which is remembered.
   *
   * @param question all that the answer depends on: model, options, text, seed
   */
  answer(question: unknown, ask: () => Promise<JournalAnswer>): Promise<JournalAnswer>;
  /** How many questions were asked in this run. */
  readonly asked: number;
  /** How many answers were there already. */
  readonly remembered: number;
}

/** Opens the journal of a dataset's folder, `answers.jsonl`; a line that a crash cut off is not counted. */
export async function openAnswerJournal(folder: string): Promise<AnswerJournal> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, JOURNAL);
  const known = await readKnown(file);
  let [asked, remembered] = [0, 0];
  return {
    get asked() {
      return asked;
    },
    get remembered() {
      return remembered;
    },
    async answer(question, ask) {
      const key = createHash('sha256').update(JSON.stringify(question)).digest('hex');
      const before = known.get(key);
      if (before !== undefined) {
        remembered++;
        return before;
      }
      const answer = await ask();
      asked++;
      const entry = 'answer' in answer ? { key, ...answer } : { key, answer: null, ...answer };
      // A line is begun anew: the one before may have been cut off.
      await appendFile(file, `\n${JSON.stringify(entry)}`);
      known.set(key, answer);
      return answer;
    },
  };
}

async function readKnown(file: string): Promise<Map<string, JournalAnswer>> {
  const entries = await readJournal(file, entrySchema);
  return new Map(
    entries.map(({ key, answer, problem = '' }) => [key, answer === null ? { problem } : { answer }]),
  );
}
