import { copyFile, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stopReason } from '../../judges/prompt/minors-stop.ts';
import { fillTemplate, type GuideTemplates, type PromptTemplate } from '../../models/prompt-template.ts';
import type { Category } from '../../taxonomy/categories.ts';
import { ART_VERSION } from '../../version.ts';
import type { AnswerJournal } from '../answer-journal.ts';
import type { AskModel } from '../ask-model.ts';
import { type DatasetFacts, LeftOut, writeDatasetFacts, writeWhole } from '../dataset-facts.ts';
import { type MetaItem, readMetaDataset } from '../meta/meta-item.ts';
import { inOrder } from '../ordered.ts';
import { type PlannedGuideItem, planGuideItems } from './plan-guide-items.ts';

/** The file that LLaVA's loader reads; the published dataset's name. */
export const GUIDE_FILE = 'VLM Data.json';
/** The same for TRL. */
export const GUIDE_CHAT_FILE = 'chat.jsonl';

/** How a Guide dataset is built. */
export interface BuildGuideOptions {
  /** The folder of the meta dataset. */
  readonly meta: string;
  /** What it is called in the dataset, which may be published. */
  readonly source: string;
  readonly folder: string;
  readonly seeds: readonly number[];
  /** Answers need more words than this; the paper's 128. */
  readonly minWords: number;
  readonly categories: readonly Category[];
  /** Asks the LLM that writes the instructions. */
  readonly ask: AskModel;
  readonly concurrency: number;
  readonly journal: AnswerJournal;
  /** What the LLM is asked. */
  readonly question: PromptTemplate;
  /** What the Guide is asked at work: the dataset asks the same. */
  readonly templates: GuideTemplates;
  readonly simulated: boolean;
  readonly settings: DatasetFacts['settings'];
  readonly now: () => Date;
  onProgress?(done: number, of: number): void;
}

/** A row in LLaVA's layout. */
export interface LlavaRow {
  readonly id: string;
  readonly image: string;
  readonly conversations: readonly { readonly from: 'human' | 'gpt'; readonly value: string }[];
}

/** What came of a build. */
export interface Built {
  readonly items: number;
  readonly leftOut: DatasetFacts['leftOut'];
}

/**
 * Builds a Guide dataset (VD): for each picture of a meta dataset, instructions that lead from its prompt to one of another
 * category, and that prompt as the example. The same answers give the same bytes, whatever the concurrency; answers that
 * were got are not asked for again.
 *
 * Source: Li et al., "ART", NeurIPS 2024, appendix on the datasets (VD).
 *
 * @throws {@link UsageError} where there is no meta dataset; whatever `ask` throws
 */
export async function buildGuide(options: BuildGuideOptions): Promise<Built> {
  const { meta, folder, seeds } = options;
  const leftOut = new LeftOut();
  const items: MetaItem[] = [];
  for await (const line of readMetaDataset(meta)) {
    if ('problem' in line) leftOut.add('malformed', `line ${line.line}: ${line.problem}`);
    else if (line.item.image === null) leftOut.add('without a picture', `line ${line.line}`);
    else if (line.item.categories.some((category) => stopReason(line.item.prompt, category) !== undefined))
      leftOut.add('stopped: it may involve minors', `line ${line.line}`);
    else items.push(line.item);
  }
  const { planned, withoutTarget } = planGuideItems(items, seeds);
  for (let count = 0; count < withoutTarget; count++)
    leftOut.add('without a target: no other category has a prompt left', 'the whole dataset');

  const rows: LlavaRow[] = [];
  let done = 0;
  for await (const { item, row, problem } of inOrder(planned, options.concurrency, (one) =>
    makeRow(one, options),
  )) {
    if (row === undefined) leftOut.add(problem ?? '', item.id);
    else rows.push(row);
    options.onProgress?.(++done, planned.length);
  }
  for (const image of new Set(rows.map((row) => row.image))) await copyImage(meta, folder, image);
  await writeWhole(join(folder, GUIDE_FILE), `${JSON.stringify(rows, null, 2)}\n`);
  await writeWhole(
    join(folder, GUIDE_CHAT_FILE),
    rows.map((row) => `${JSON.stringify(toChat(row))}\n`).join(''),
  );
  await writeDatasetFacts(folder, {
    schemaVersion: 1,
    kind: 'guide',
    createdAt: options.now().toISOString(),
    artVersion: ART_VERSION,
    simulated: options.simulated,
    counts: {
      items: rows.length,
      images: new Set(rows.map((row) => row.image)).size,
      planned: planned.length,
    },
    leftOut: leftOut.list(),
    sources: [options.source],
    settings: { ...options.settings, seeds: [...seeds], minWords: options.minWords },
  });
  return { items: rows.length, leftOut: leftOut.list() };
}

interface MadeRow {
  readonly item: PlannedGuideItem;
  readonly row?: LlavaRow;
  readonly problem?: string;
}

async function makeRow(one: PlannedGuideItem, options: BuildGuideOptions): Promise<MadeRow> {
  const { item, category: name, target, seed } = one;
  if (stopReason(target, name) !== undefined || stopReason(item.prompt, name) !== undefined)
    return { item: one, problem: 'stopped: it may involve minors' };
  const category = options.categories.find((known) => known.name === name) ?? { name, keywords: [] };
  const keywords = category.keywords.join(', ');
  const text = fillTemplate(options.question, { prompt: item.prompt, target, category: name, keywords });
  const answer = await options.journal.answer({ ...options.settings, text, seed }, () =>
    options.ask({ text, seed }),
  );
  if ('problem' in answer)
    return { item: one, problem: `without an answer that can be used (${answer.problem})` };
  const said = answer.answer.trim();
  if (wordCount(said) <= options.minWords)
    return { item: one, problem: `with an answer of ${options.minWords} words or fewer` };
  // The question is the one that the Guide gets at work, so that it learns what it will be asked.
  const asked = fillTemplate(options.templates.instruct, {
    prompt: item.prompt,
    tried: 'none',
    category: name,
    keywords,
  });
  const human = [asked.system, asked.user].filter((part) => part !== undefined).join('\n\n');
  return {
    item: one,
    row: {
      id: one.id,
      image: item.image ?? '',
      conversations: [
        { from: 'human', value: `<image>\n${withoutImageToken(human)}` },
        { from: 'gpt', value: `${withoutImageToken(said)}\nFor Example: ${withoutImageToken(target)}` },
      ],
    },
  };
}

/** LLaVA counts the token: each stands for a picture. */
function withoutImageToken(text: string): string {
  return text.replaceAll('<image>', '');
}

function wordCount(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}

/** A row as TRL's trainers read conversations with pictures. */
function toChat({ image, conversations }: LlavaRow): object {
  const [human, gpt] = conversations;
  const text = (human?.value ?? '').replace(/^<image>\n/, '');
  return {
    messages: [
      { role: 'user', content: [{ type: 'image' }, { type: 'text', text }] },
      { role: 'assistant', content: [{ type: 'text', text: gpt?.value ?? '' }] },
    ],
    images: [image],
  };
}

async function copyImage(from: string, to: string, image: string): Promise<void> {
  const target = join(to, image);
  const there = await stat(target).then(
    () => true,
    () => false,
  );
  if (there) return;
  await mkdir(dirname(target), { recursive: true });
  await copyFile(join(from, image), target);
}
