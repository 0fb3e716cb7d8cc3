import { copyFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../datasets/parse-json.ts';
import { messageOf, UsageError } from '../errors.ts';
import type { FinetunePlan, TrainingFile } from './finetune-plan.ts';
import type { Method, Role, Trainer } from './recipe.ts';

/** What a dataset's folder is for. */
export type DataKind = 'guide' | 'writer' | 'pairs';

const FILES: Readonly<Record<DataKind, string>> = {
  guide: 'VLM Data.json',
  writer: 'LLM Train Data.json',
  pairs: 'pairs.jsonl',
};
const VALIDATION = 'LLM Val Data.json';

const llavaRows = z
  .array(
    z.object({
      id: z.union([z.string(), z.number()]),
      image: z.string().min(1),
      conversations: z.tuple([
        z.object({ from: z.literal('human'), value: z.string().min(1) }),
        z.object({ from: z.literal('gpt'), value: z.string().min(1) }),
      ]),
    }),
  )
  .min(1);
const alpacaRows = z
  .array(
    z.object({ instruction: z.string().min(1), input: z.string().default(''), output: z.string().min(1) }),
  )
  .min(1);
const message = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });
const pairRows = z
  .array(
    z.object({ prompt: z.array(message).min(1), chosen: z.tuple([message]), rejected: z.tuple([message]) }),
  )
  .min(1);

/** What a dataset's folder holds. */
export interface TrainingData {
  readonly kind: DataKind;
  readonly validation: boolean;
  readonly rows: number;
  /** The files in a trainer's layout. */
  files(trainer: Trainer): TrainingFile[];
  /** Paths of pictures, relative to the folder. */
  readonly images: readonly string[];
}

/**
 * Reads a dataset that is to be trained on, in the layouts that `art dataset build` writes.
 *
 * @throws {@link UsageError} for a folder that holds none for this role, or rows that are wrong
 */
export async function readTrainingData(folder: string, role: Role): Promise<TrainingData> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw wrong(folder, messageOf(error));
  });
  const kinds: readonly DataKind[] = role === 'guide' ? ['guide'] : ['pairs', 'writer'];
  const kind = kinds.find((one) => names.includes(FILES[one]));
  if (kind === undefined)
    throw wrong(folder, `it holds no ${kinds.map((one) => FILES[one]).join(' and no ')}`);
  const file = join(folder, FILES[kind]);
  if (kind === 'guide') return guideData(await parsed(file, llavaRows));
  if (kind === 'pairs') return pairsData(await parsed(file, pairRows));
  const train = await parsed(file, alpacaRows);
  const validation = names.includes(VALIDATION) ? await parsed(join(folder, VALIDATION), alpacaRows, 0) : [];
  return writerData(train, validation);
}

/** The method that a kind of data is for. */
export function methodOf(kind: DataKind): Method {
  return kind === 'pairs' ? 'dpo' : 'sft';
}

/** Copies the pictures beside the training files. */
export async function copyImages(from: string, to: string, images: readonly string[]): Promise<void> {
  for (const image of images) {
    const target = join(to, image);
    await mkdir(dirname(target), { recursive: true });
    const there = await stat(target).then(
      () => true,
      () => false,
    );
    if (there) continue;
    try {
      await copyFile(join(from, image), target);
    } catch (error) {
      throw wrong(from, `the picture ${image} is missing: ${messageOf(error)}`);
    }
  }
}

async function parsed<Row>(file: string, schema: z.ZodType<Row[]>, least = 1): Promise<Row[]> {
  const text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  const lines = file.endsWith('.jsonl') ? text.split('\n').filter((line) => line.trim() !== '') : undefined;
  const value = lines === undefined ? parseJson(text) : lines.map(parseJson);
  if (Array.isArray(value) && value.length === 0 && least === 0) return [];
  if (Array.isArray(value) && value.length === 0) throw wrong(file, 'it has no rows');
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw wrong(file, z.prettifyError(result.error).replace(/\s+/g, ' ').slice(0, 300));
}

function wrong(place: string, problem: string): UsageError {
  return new UsageError({
    code: 'WRONG_TRAINING_DATA',
    message: `${place} cannot be trained on: ${problem}`,
    hint: 'Build it with art dataset build guide, writer or pairs; art dataset check tells more.',
    data: { place },
  });
}

function guideData(rows: z.output<typeof llavaRows>): TrainingData {
  const plain = (value: string) => value.replace(/^<image>\n/, '');
  return {
    kind: 'guide',
    validation: false,
    rows: rows.length,
    images: [...new Set(rows.map(({ image }) => image))],
    files(trainer) {
      if (trainer === 'llava') return [json('train.json', rows)];
      if (trainer === 'llama-factory') {
        return [
          json(
            'train.json',
            rows.map(({ image, conversations: [human, gpt] }) => ({
              messages: [
                { role: 'user', content: human.value },
                { role: 'assistant', content: gpt.value },
              ],
              images: [image],
            })),
          ),
        ];
      }
      return [
        jsonLines(
          'train.jsonl',
          rows.map(({ image, conversations: [human, gpt] }) => ({
            prompt: [
              {
                role: 'user',
                content: [
                  { type: 'image', text: null },
                  { type: 'text', text: plain(human.value) },
                ],
              },
            ],
            completion: [{ role: 'assistant', content: [{ type: 'text', text: gpt.value }] }],
            images: [image],
          })),
        ),
      ];
    },
  };
}

function writerData(
  train: z.output<typeof alpacaRows>,
  validation: z.output<typeof alpacaRows>,
): TrainingData {
  // As the Writer is asked at work: the rules as system message, the case as user message.
  const asked = ({ instruction, input }: { readonly instruction: string; readonly input: string }) =>
    input === ''
      ? [{ role: 'user', content: instruction }]
      : [
          { role: 'system', content: instruction },
          { role: 'user', content: input },
        ];
  const parts = (
    [
      ['train', train],
      ['validation', validation],
    ] as const
  ).filter(([, rows]) => rows.length > 0);
  return {
    kind: 'writer',
    validation: validation.length > 0,
    rows: train.length,
    images: [],
    files: (trainer) =>
      parts.map(([name, rows]) =>
        trainer === 'llama-factory'
          ? json(
              `${name}.json`,
              rows.map(({ instruction, input, output }) =>
                input === ''
                  ? { instruction, input, output, system: '' }
                  : // LLaMA-Factory puts the instruction right behind the system text.
                    { instruction: input, input: '', output, system: `${instruction}\n\n` },
              ),
            )
          : jsonLines(
              `${name}.jsonl`,
              rows.map((row) => ({
                prompt: asked(row),
                completion: [{ role: 'assistant', content: row.output }],
              })),
            ),
      ),
  };
}

function pairsData(rows: z.output<typeof pairRows>): TrainingData {
  return {
    kind: 'pairs',
    validation: false,
    rows: rows.length,
    images: [],
    files: (trainer) =>
      trainer === 'llama-factory'
        ? [
            json(
              'pairs.json',
              rows.map(({ prompt, chosen: [chosen], rejected: [rejected] }) => {
                const system = prompt.find(({ role }) => role === 'system')?.content;
                return {
                  prompt: prompt.filter(({ role }) => role !== 'system'),
                  system: system === undefined ? '' : `${system}\n\n`,
                  chosen,
                  rejected,
                };
              }),
            ),
          ]
        : [jsonLines('pairs.jsonl', rows)],
  };
}

function json(name: string, rows: readonly unknown[]): TrainingFile {
  return { name, text: `${JSON.stringify(rows, null, 2)}\n` };
}

function jsonLines(name: string, rows: readonly unknown[]): TrainingFile {
  return { name, text: rows.map((row) => `${JSON.stringify(row)}\n`).join('') };
}

/** Which trainers can train what. */
export function whyNot({
  role,
  method,
  trainer,
  cpu,
}: Pick<FinetunePlan, 'role' | 'method' | 'trainer' | 'cpu'>): string | undefined {
  if (trainer !== 'llava') return undefined;
  if (role === 'writer')
    return 'LLaVA’s trainer trains vision language models only: take trl or llama-factory for a Writer';
  if (method === 'dpo') return 'LLaVA’s trainer knows no preferences: take trl or llama-factory';
  return cpu ? 'LLaVA’s trainer needs a GPU: take trl for a trial on the processor' : undefined;
}
