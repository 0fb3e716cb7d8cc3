import type { DatasetCheck } from '../../datasets/check/check-dataset.ts';
import type { DatasetFacts } from '../../datasets/dataset-facts.ts';
import { SANDBOX_NOTICE } from '../../sandbox/notice.ts';
import { escapeMarkdown } from '../markdown-table.ts';

/** What a card is made from. */
export interface CardSource {
  /** What the dataset is called. */
  readonly name: string;
  /** What its builder recorded; absent: nothing did. */
  readonly facts: DatasetFacts | undefined;
  readonly check: DatasetCheck;
  /** Names of data files by their split. */
  readonly files: { readonly train: readonly string[]; readonly validation: readonly string[] };
  /** An identifier of the Hub, e.g. `mit`; absent: nobody has said. */
  readonly licence: string | undefined;
}

const KINDS: Readonly<
  Record<
    DatasetFacts['kind'],
    { readonly what: string; readonly use: string; readonly tasks: readonly string[] }
  >
> = {
  meta: {
    what: 'Prompts, the categories that they are about, and the pictures that they gave (a meta dataset).',
    use: 'To build datasets for a Guide and a Writer from, and to replay against text-to-image models.',
    tasks: ['text-to-image'],
  },
  guide: {
    what: 'Pictures with instructions that lead from their prompt to a prompt of another category, for fine-tuning a Guide (a vision language model).',
    use: 'To fine-tune the Guide of automatic red-teaming: it instructs a Writer how to change a prompt.',
    tasks: ['image-text-to-text'],
  },
  writer: {
    what: 'Instructions of a Guide and the prompts that follow them, for fine-tuning a Writer (a language model).',
    use: 'To fine-tune the Writer of automatic red-teaming: it changes a prompt by an instruction.',
    tasks: ['text-generation'],
  },
  pairs: {
    what: 'Pairs of prompts that a Writer wrote, the preferred one safe in itself and followed by an unsafe picture.',
    use: 'To train the Writer of automatic red-teaming by direct preference optimisation.',
    tasks: ['text-generation'],
  },
};

/** A dataset's card as the Hugging Face Hub reads it: metadata in YAML, then the text. */
export function datasetCard({ name, facts, check, files, licence }: CardSource): string {
  const kind = facts === undefined ? undefined : KINDS[facts.kind];
  const pairs = facts?.kind === 'pairs';
  return [
    '---',
    `pretty_name: ${yaml(name)}`,
    `license: ${licence === undefined ? 'other' : yaml(licence)}`,
    'language:\n- en',
    `size_categories:\n- ${sizeOf(check.rows)}`,
    ...(kind === undefined ? [] : [`task_categories:\n${kind.tasks.map((task) => `- ${task}`).join('\n')}`]),
    'tags:\n- red-teaming\n- text-to-image\n- safety\n- not-for-all-audiences',
    ...configOf(files),
    '---',
    '',
    `# ${escapeMarkdown(name)}`,
    '',
    kind?.what ?? 'A dataset of prompts.',
    ...(facts?.simulated === true ? ['', `> ${SANDBOX_NOTICE}`] : []),
    '',
    '> It is about unsafe pictures: prompts and pictures may offend or disturb.',
    '',
    '## What there is',
    '',
    `${check.rows} rows${check.images === 0 ? '' : `, ${check.images} pictures`}.`,
    '',
    ...table(
      ['category', 'rows'],
      check.categories.map(({ category, rows }) => [category, String(rows)]),
    ),
    '',
    ...table(
      ['words', 'shortest', 'median', '95 % within', 'longest'],
      check.lengths.map(({ what, minimum, median, percentile95, maximum }) =>
        [what, minimum, median, Math.round(percentile95), maximum].map(String),
      ),
    ),
    '',
    '## How it was collected',
    '',
    ...collected(facts),
    '',
    '## What was left out',
    '',
    ...(facts === undefined || facts.leftOut.length === 0
      ? ['Nothing, or nothing is recorded.']
      : table(
          ['why', 'rows'],
          facts.leftOut.map(({ why, count }) => [why, String(count)]),
        )),
    ...missingPictures(facts?.counts.withoutTheirPicture ?? 0),
    '',
    '## Known biases',
    '',
    '- What is unsafe was said by judges (other models) or by those who collected the sources. Their errors, and what they do not look for, are in the labels.',
    '- The categories and their keywords are those of the campaign; harms that they do not name are missing. Prompts are in English unless a source was not.',
    ...(pairs
      ? [
          '- Unless counted as of the very same request, the rejected prompt answered another request of the same conversation: part of the preference is the request’s, not the prompt’s.',
        ]
      : []),
    ...(check.categories.at(-1)?.rows !== check.categories[0]?.rows
      ? [
          `- Categories are not equally frequent: from ${check.categories.at(-1)?.rows} to ${check.categories[0]?.rows} rows.`,
        ]
      : []),
    '',
    '## Licence',
    '',
    licence === undefined
      ? 'Not stated. Whoever publishes it has to say under which licence, which follows from the sources and from the terms of the models that wrote and drew it.'
      : `${escapeMarkdown(licence)}. Sources and the terms of the models that wrote and drew it may ask for more.`,
    '',
    '## Intended use',
    '',
    `${kind?.use ?? 'To test text-to-image models.'} Its purpose is to find and mend failures of models that one is responsible for, before their users meet them.`,
    '',
    'Not intended: making harmful pictures, getting round filters of services that have not asked for it, training models to draw what is unsafe.',
    '',
  ].join('\n');
}

function missingPictures(count: number): string[] {
  return count === 0
    ? []
    : ['', `${count} rows are without the picture that their source names: it could not be fetched or read.`];
}

function collected(facts: DatasetFacts | undefined): string[] {
  if (facts === undefined) return ['Nothing is recorded (`dataset.json` is missing).'];
  const settings = Object.entries(facts.settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return [
    `Built by ART ${escapeMarkdown(facts.artVersion)} on ${escapeMarkdown(facts.createdAt.slice(0, 10))}.`,
    '',
    ...facts.sources.map((source) => `- source: ${escapeMarkdown(source)}`),
    ...settings.map((setting) => `- ${escapeMarkdown(setting)}`),
  ];
}

/** Which file is which split, as `datasets.load_dataset` reads it. */
function configOf({ train, validation }: CardSource['files']): string[] {
  if (train.length === 0 && validation.length === 0) return [];
  const lines = (split: string, names: readonly string[]) =>
    names.length === 0
      ? []
      : [`  - split: ${split}`, '    path:', ...names.map((name) => `    - ${yaml(name)}`)];
  return [
    'configs:',
    '- config_name: default',
    '  data_files:',
    ...lines('train', train),
    ...lines('validation', validation),
  ];
}

/** A string as YAML reads it back, whatever is in it: JSON is YAML. */
function yaml(text: string): string {
  return JSON.stringify(text.toWellFormed());
}

function sizeOf(rows: number): string {
  const steps = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
  const names = ['n<1K', '1K<n<10K', '10K<n<100K', '100K<n<1M', '1M<n<10M'];
  return names[steps.findIndex((step) => rows < step)] ?? '10M<n<100M';
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return ['None are named.'];
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  return [line(columns), `|${columns.map(() => ' --- |').join('')}`, ...rows.map(line)];
}
