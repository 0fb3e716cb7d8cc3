import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { z } from 'zod';
import { messageOf, UsageError } from '../../errors.ts';
import { readRecords } from '../prompt-sets/records.ts';

/** The layouts that are known. */
export type Layout = 'meta' | 'published meta' | 'llava' | 'alpaca' | 'chat' | 'pairs';

/** A row of a dataset, whatever its layout. */
export interface DatasetRow {
  readonly file: string;
  /** Where it stands, e.g. `VLM Data.json, entry 3`. */
  readonly place: string;
  readonly layout: Layout;
  readonly part: 'train' | 'validation';
  readonly id: string | undefined;
  readonly categories: readonly string[];
  /** What the model is given; of a meta dataset the prompt. */
  readonly input: string;
  /** What the model is to answer; `undefined` where the layout has none. */
  readonly output: string | undefined;
  /** The worse answer of a preference pair. */
  readonly rejected: string | undefined;
  /** Paths of its pictures, absolute. */
  readonly images: readonly string[];
  /** How often the input has LLaVA's `<image>`. */
  readonly imageTokens: number;
}

/** A row, or what is wrong with it. */
export type CheckedRow = DatasetRow | { readonly place: string; readonly problem: string };

const text = z.string().min(1);
const content = z.union([
  z.string(),
  z
    .array(z.looseObject({ type: z.string(), text: z.string().optional() }))
    .transform((parts) => parts.map((part) => part.text ?? '').join('')),
]);
const messages = z.array(z.looseObject({ role: z.enum(['system', 'user', 'assistant']), content })).min(1);

/** What a row is made of before it has its place. */
type RowParts = Pick<DatasetRow, 'id' | 'categories' | 'input' | 'output' | 'rejected' | 'imageTokens'> & {
  readonly images: readonly string[];
};

const none = {
  id: undefined,
  categories: [],
  output: undefined,
  rejected: undefined,
  images: [],
  imageTokens: 0,
};

/** The layouts by what only they have, in the order in which they are tried. */
const LAYOUTS: readonly {
  readonly layout: Layout;
  has(values: Readonly<Record<string, unknown>>): boolean;
  readonly schema: z.ZodType<RowParts>;
}[] = [
  {
    layout: 'llava',
    has: (values) => 'conversations' in values,
    schema: z
      .looseObject({
        id: z.union([text, z.number().transform(String)]),
        image: text.optional(),
        conversations: z
          .array(z.object({ from: z.enum(['human', 'gpt']), value: text }))
          .min(2)
          .refine(
            (turns) => turns.every(({ from }, index) => from === (index % 2 === 0 ? 'human' : 'gpt')),
            'human and gpt have to take turns, human first',
          ),
      })
      .transform(({ id, image, conversations }): RowParts => {
        const input = said(conversations, 'human');
        return {
          ...none,
          id,
          categories: categoryIn(input),
          input,
          output: said(conversations, 'gpt'),
          images: image === undefined ? [] : [image],
          imageTokens: input.split('<image>').length - 1,
        };
      }),
  },
  {
    layout: 'alpaca',
    has: (values) => 'instruction' in values && 'output' in values,
    schema: z
      .looseObject({ instruction: text, input: z.string().default(''), output: text })
      .transform(({ instruction, input, output }): RowParts => {
        const all = input === '' ? instruction : `${instruction}\n\n${input}`;
        return { ...none, categories: categoryIn(all), input: all, output };
      }),
  },
  {
    layout: 'pairs',
    has: (values) => 'chosen' in values && 'rejected' in values,
    schema: z
      .looseObject({ prompt: messages, chosen: messages, rejected: messages })
      .transform(({ prompt, chosen, rejected }): RowParts => {
        const input = joined(prompt);
        return {
          ...none,
          categories: categoryIn(input),
          input,
          output: joined(chosen),
          rejected: joined(rejected),
        };
      }),
  },
  {
    layout: 'chat',
    has: (values) => 'messages' in values,
    schema: z
      .looseObject({
        messages: messages.refine(
          (all) => all.at(-1)?.role === 'assistant',
          'the last message has to be the assistant’s',
        ),
        images: z.array(text).default([]),
      })
      .transform(({ messages: all, images }): RowParts => {
        const input = joined(all.slice(0, -1));
        return {
          ...none,
          categories: categoryIn(input),
          input,
          output: joined(all.slice(-1)),
          images,
          imageTokens: images.length,
        };
      }),
  },
  {
    layout: 'published meta',
    has: (values) => 'infos' in values,
    schema: z
      .looseObject({
        category: z.array(text).min(1),
        infos: z.looseObject({ prompt_info: z.looseObject({ prompt: text }) }),
      })
      .transform(
        ({ category, infos }): RowParts => ({
          ...none,
          categories: category,
          input: infos.prompt_info.prompt,
        }),
      ),
  },
  {
    layout: 'meta',
    has: (values) => 'prompt' in values,
    schema: z
      .looseObject({
        id: text,
        categories: z.array(text).min(1),
        prompt: text,
        image: text.nullable().default(null),
      })
      .transform(
        ({ id, categories, prompt, image }): RowParts => ({
          ...none,
          id,
          categories,
          input: prompt,
          images: image === null ? [] : [image],
          imageTokens: image === null ? 0 : 1,
        }),
      ),
  },
];

function said(turns: readonly { readonly from: string; readonly value: string }[], from: string): string {
  return turns.flatMap((turn) => (turn.from === from ? turn.value : [])).join('\n');
}

function joined(all: readonly { readonly content: string }[]): string {
  return all.map((one) => one.content).join('\n\n');
}

/** The built-in templates name the category in a tag. */
function categoryIn(input: string): string[] {
  const name = /<category>([^<\n]{1,100})<\/category>/.exec(input)?.[1]?.trim();
  return name === undefined || name === '' ? [] : [name];
}

/** Files of a dataset's folder that are not its data. */
const NOT_DATA = ['dataset.json', 'answers.jsonl', 'fetched.jsonl', 'failures.jsonl', 'dataset_info.json'];

/**
 * The data files of what was named: of a folder its JSON and JSON Lines files.
 *
 * @throws {@link UsageError} where there are none
 */
export async function dataFilesOf(path: string): Promise<readonly string[]> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw noData(path, messageOf(error));
  }
  if (!isFolder) return [path];
  const names = (await readdir(path))
    .filter((name) => ['.json', '.jsonl'].includes(extname(name)) && !NOT_DATA.includes(name))
    .toSorted();
  if (names.length === 0) throw noData(path, 'there is no .json or .jsonl file in it');
  return names.map((name) => join(path, name));
}

function noData(path: string, problem: string): UsageError {
  return new UsageError({
    code: 'NO_DATASET',
    message: `${path} is no dataset: ${problem}`,
    hint: 'Name the folder that art dataset build made, or a file in a known layout.',
    data: { path },
  });
}

/**
 * Reads a data file row by row, in whatever known layout each row has. JSON Lines are a stream; of a JSON file all is read.
 *
 * @throws {@link UsageError} for a file that cannot be read
 */
export async function* readDatasetRows(file: string): AsyncGenerator<CheckedRow> {
  const name = basename(file);
  const part = /\bval(?:idation)?\b/i.test(name.replaceAll(/[-_]/g, ' ')) ? 'validation' : 'train';
  for await (const record of readRecords(file)) {
    const place = `${name}, ${record.place}`;
    if ('problem' in record) {
      yield { place, problem: record.problem };
      continue;
    }
    const known = LAYOUTS.find(({ has }) => has(record.values));
    if (known === undefined) {
      yield { place, problem: 'it is in no layout that is known' };
      continue;
    }
    const parsed = known.schema.safeParse(record.values);
    if (!parsed.success) {
      yield { place, problem: `${known.layout}: ${z.prettifyError(parsed.error).replace(/\s+/g, ' ')}` };
      continue;
    }
    const { images, ...rest } = parsed.data;
    yield {
      file,
      place,
      layout: known.layout,
      part,
      ...rest,
      images: images.map((image) => join(dirname(file), image)),
    };
  }
}
