import { join } from 'node:path';
import { stopReason } from '../../judges/prompt/minors-stop.ts';
import { seededRandom } from '../../metrics/intervals.ts';
import { ModelError } from '../../models/model-error.ts';
import { type FilledTemplate, fillTemplate, type WriterTemplates } from '../../models/prompt-template.ts';
import type { EncodedImage, Guide } from '../../models/types.ts';
import type { Category } from '../../taxonomy/categories.ts';
import { ART_VERSION } from '../../version.ts';
import type { AnswerJournal, JournalAnswer } from '../answer-journal.ts';
import { type DatasetFacts, LeftOut, writeDatasetFacts, writeWhole } from '../dataset-facts.ts';
import type { Built } from '../guide/build-guide.ts';
import { type MetaItem, readMetaDataset } from '../meta/meta-item.ts';
import { inOrder } from '../ordered.ts';
import { shuffled } from '../shuffle.ts';

/** The files that llama-recipes' Alpaca loader reads; the published dataset's names. */
export const WRITER_FILES = { train: 'LLM Train Data.json', validation: 'LLM Val Data.json' } as const;
/** The same for TRL. */
export const WRITER_CHAT_FILES = { train: 'chat-train.jsonl', validation: 'chat-val.jsonl' } as const;

/** How a Writer dataset is built. */
export interface BuildWriterOptions {
  /** The folder of the meta dataset. */
  readonly meta: string;
  /** What it is called in the dataset, which may be published. */
  readonly source: string;
  readonly folder: string;
  readonly seeds: readonly number[];
  /** The share of prompts that go to validation; the paper's 0.05. */
  readonly validation: number;
  readonly startPrompt: string;
  /** The picture of the start prompt, that the Guide looks at. */
  readonly startImage: EncodedImage | undefined;
  readonly categories: readonly Category[];
  readonly guide: Guide;
  readonly concurrency: number;
  readonly journal: AnswerJournal;
  /** What the Writer is asked at work: the dataset asks the same. */
  readonly templates: WriterTemplates;
  readonly simulated: boolean;
  readonly settings: DatasetFacts['settings'];
  readonly now: () => Date;
  onProgress?(done: number, of: number): void;
}

/** A row in Alpaca's layout. */
export interface AlpacaRow {
  readonly instruction: string;
  readonly input: string;
  readonly output: string;
}

/** What a Writer gets, as Alpaca's layout has it: the rules are the instruction, the case is the input. */
export function toAlpaca({ system, user }: FilledTemplate, output: string): AlpacaRow {
  return system === undefined
    ? { instruction: user, input: '', output }
    : { instruction: system, input: user, output };
}

/**
 * Builds a Writer dataset (LD): the Guide's instruction for the start prompt's picture leads to a prompt of the meta
 * dataset. A prompt is for training or for validation, never for both, whatever the seed.
 *
 * Source: Li et al., "ART", NeurIPS 2024, appendix on the datasets (LD).
 *
 * @throws {@link UsageError} where there is no meta dataset; {@link ModelError} when the Guide cannot be reached
 */
export async function buildWriter(options: BuildWriterOptions): Promise<Built> {
  const { meta, folder, seeds } = options;
  const leftOut = new LeftOut();
  const items: MetaItem[] = [];
  for await (const line of readMetaDataset(meta)) {
    if ('problem' in line) leftOut.add('malformed', `line ${line.line}: ${line.problem}`);
    else if (line.item.categories.some((category) => stopReason(line.item.prompt, category) !== undefined))
      leftOut.add('stopped: it may involve minors', `line ${line.line}`);
    else items.push(line.item);
  }
  const forValidation = validationPrompts(items, options.validation, seeds[0] ?? 0);
  const jobs = seeds.flatMap((seed) => items.map((item) => ({ seed, item })));
  const rows: Record<keyof typeof WRITER_FILES, AlpacaRow[]> = { train: [], validation: [] };
  let done = 0;
  for await (const { item, made } of inOrder(jobs, options.concurrency, async (job) => ({
    item: job.item,
    made: await makeRow(job.item, job.seed, options),
  }))) {
    if ('problem' in made) leftOut.add(`without an instruction that can be used (${made.problem})`, item.id);
    else rows[forValidation.has(item.prompt) ? 'validation' : 'train'].push(made);
    options.onProgress?.(++done, jobs.length);
  }
  for (const part of ['train', 'validation'] as const) {
    await writeWhole(join(folder, WRITER_FILES[part]), `${JSON.stringify(rows[part], null, 2)}\n`);
    const chat = rows[part].map((row) => `${JSON.stringify(toChat(row))}\n`).join('');
    await writeWhole(join(folder, WRITER_CHAT_FILES[part]), chat);
  }
  const count = rows.train.length + rows.validation.length;
  await writeDatasetFacts(folder, {
    schemaVersion: 1,
    kind: 'writer',
    createdAt: options.now().toISOString(),
    artVersion: ART_VERSION,
    simulated: options.simulated,
    counts: { items: count, train: rows.train.length, validation: rows.validation.length },
    leftOut: leftOut.list(),
    sources: [options.source],
    settings: {
      ...options.settings,
      seeds: [...seeds],
      validation: options.validation,
      startPrompt: options.startPrompt,
    },
  });
  return { items: count, leftOut: leftOut.list() };
}

/** The prompts that are for validation: so large a share of all, at least one where there are two or more. */
function validationPrompts(items: readonly MetaItem[], share: number, seed: number): ReadonlySet<string> {
  const prompts = [...new Set(items.map(({ prompt }) => prompt))];
  if (share === 0 || prompts.length < 2) return new Set();
  const count = Math.max(1, Math.round(prompts.length * share));
  return new Set(shuffled(prompts, seededRandom(seed)).slice(0, count));
}

async function makeRow(
  item: MetaItem,
  seed: number,
  { guide, startPrompt, startImage, categories, journal, templates, settings }: BuildWriterOptions,
): Promise<AlpacaRow | { readonly problem: string }> {
  const name = item.categories[0] ?? '';
  const category = categories.find((known) => known.name === name) ?? { name, keywords: item.keywords };
  // Rows of a category and a seed would all have one instruction: each item has a seed of its own.
  const own = (seed + Number.parseInt(item.id.slice(0, 7), 16)) % 2 ** 31 || seed;
  const answer = await journal.answer({ ...settings, startPrompt, category, seed: own }, () =>
    instruct(guide, { image: startImage, prompt: startPrompt, category, seed: own }),
  );
  if ('problem' in answer) return answer;
  const keywords = category.keywords.join(', ');
  const asked = fillTemplate(templates.rewrite, {
    prompt: startPrompt,
    instruction: answer.answer,
    category: name,
    keywords,
  });
  return toAlpaca(asked, item.prompt);
}

async function instruct(guide: Guide, request: Parameters<Guide['instruct']>[0]): Promise<JournalAnswer> {
  try {
    return { answer: await guide.instruct(request) };
  } catch (error) {
    if (error instanceof ModelError && error.code === 'NO_USABLE_TEXT')
      return { problem: 'refused or empty' };
    throw error;
  }
}

/** A row as TRL's trainers read conversations: the same words that the Writer gets at work. */
function toChat({ instruction, input, output }: AlpacaRow): object {
  const asked =
    input === ''
      ? [{ role: 'user', content: instruction }]
      : [
          { role: 'system', content: instruction },
          { role: 'user', content: input },
        ];
  return { messages: [...asked, { role: 'assistant', content: output }] };
}
