import { chmod, mkdir, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { writeWhole } from '../../datasets/dataset-facts.ts';
import { UsageError } from '../../errors.ts';
import type { FinetunePlan } from '../../finetune/finetune-plan.ts';
import { estimateMemory, memoryLines, shapeOf } from '../../finetune/memory.ts';
import { type RecipeChanges, type Role, recipeFor, TRAINERS, type Trainer } from '../../finetune/recipe.ts';
import { configLines, serveCommand, servingFiles } from '../../finetune/serving.ts';
import { trainerFiles } from '../../finetune/trainer-files.ts';
import { copyImages, methodOf, readTrainingData, whyNot } from '../../finetune/training-data.ts';
import { loadGuideTemplates } from '../../models/prompt-template.ts';
import type { CommonOptions } from '../options.ts';
import { readCount } from './dataset/readers.ts';

interface FinetuneFlags extends Pick<CommonOptions, 'json' | 'quiet'> {
  readonly trainer: Trainer;
  readonly data: string;
  readonly out: string;
  readonly baseModel?: string;
  readonly name?: string;
  readonly rank?: number;
  readonly alpha?: number;
  readonly learningRate?: number;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly maxLength?: number;
  readonly parameters?: number;
  readonly quantise?: '4bit';
  readonly maxSteps?: number;
  readonly cpu?: boolean;
  readonly seed: number;
}

/** Marks a folder as one that this command wrote, so that it may write it again. */
const MARK = 'art-finetune.json';

/** `art finetune`. */
export function finetuneCommand(): Command {
  return new Command('finetune')
    .summary('write what a trainer needs to fine-tune a Writer or a Guide')
    .description(
      'Writes dataset, configuration and run script for a trainer that exists (LoRA), estimates the memory, and tells how to serve the result and use it. It trains nothing itself.',
    )
    .addArgument(new Argument('<role>', 'what is fine-tuned').choices(['writer', 'guide']))
    .addOption(
      new Option('--trainer <trainer>', 'whose files are written').choices([...TRAINERS]).default('trl'),
    )
    .requiredOption(
      '--data <dir>',
      'what art dataset build guide, writer or pairs made; pairs are trained on by DPO',
    )
    .requiredOption('--out <dir>', 'the folder to write')
    .option('--base-model <name>', 'on the Hub, or a folder; default: the paper’s')
    .option('--name <name>', 'of the result where it is served; default: art-writer or art-guide')
    .option('--rank <n>', 'of LoRA', readCount(1, 1_024))
    .option('--alpha <n>', 'of LoRA', readCount(1, 4_096))
    .option('--learning-rate <rate>', 'e.g. 2e-4', readRate)
    .option('--epochs <n>', 'passes over the data', readCount(1, 1_000))
    .option('--batch-size <n>', 'rows of a step', readCount(1, 4_096))
    .option('--max-length <tokens>', 'longer rows are cut', readCount(16, 131_072))
    .option(
      '--parameters <n>',
      'of a base model that ART does not know, e.g. 8e9, for the estimate of memory',
      readParameters,
    )
    .addOption(new Option('--quantise <bits>', 'hold the weights in four bits (QLoRA)').choices(['4bit']))
    .option('--max-steps <n>', 'stop after so many, for a trial', readCount(1, 1_000_000))
    .option('--cpu', 'train on the processor, for a trial with a tiny model')
    .option('--seed <n>', 'of the training', readCount(0, 2 ** 31 - 1), 42)
    .option('--json', 'machine-readable')
    .option('--quiet', 'only what went wrong')
    .action(async (role: Role, options: FinetuneFlags) => {
      const data = await readTrainingData(options.data, role);
      const plan = planOf(role, methodOf(data.kind), data.validation, options);
      const problem = whyNot(plan);
      if (problem !== undefined) {
        throw new UsageError({
          code: 'TRAINER_CANNOT',
          message: `--trainer ${plan.trainer}: ${problem}.`,
          hint: `Trainers: ${TRAINERS.join(', ')}.`,
        });
      }
      await claimFolder(options.out);
      const { instruct } = await loadGuideTemplates({}, process.cwd());
      const files = [...data.files(plan.trainer), ...trainerFiles(plan), ...servingFiles(plan, instruct)];
      for (const { name, text, executable } of files) {
        await writeWhole(join(options.out, name), text);
        if (executable === true) await chmod(join(options.out, name), 0o755);
      }
      await copyImages(options.data, options.out, data.images);
      await writeWhole(
        join(options.out, MARK),
        `${JSON.stringify({ ...plan, data: options.data }, null, 2)}\n`,
      );
      show(
        plan,
        data.rows,
        files.map(({ name }) => name),
        options,
      );
    });
}

const BASE_MODELS: Readonly<Record<Role, Readonly<Record<Trainer, string>>>> = {
  writer: {
    trl: 'meta-llama/Llama-2-7b-hf',
    'llama-factory': 'meta-llama/Llama-2-7b-hf',
    llava: 'meta-llama/Llama-2-7b-hf',
  },
  guide: {
    trl: 'llava-hf/llava-v1.6-mistral-7b-hf',
    'llama-factory': 'llava-hf/llava-v1.6-mistral-7b-hf',
    llava: 'liuhaotian/llava-v1.6-mistral-7b',
  },
};

function planOf(
  role: Role,
  method: FinetunePlan['method'],
  validation: boolean,
  options: FinetuneFlags,
): FinetunePlan {
  const changes: RecipeChanges & { readonly trainer: Trainer } = {
    rank: options.rank,
    alpha: options.alpha,
    learningRate: options.learningRate,
    epochs: options.epochs,
    batchSize: options.batchSize,
    maxLength: options.maxLength,
    ...(options.cpu === true ? { floatType: 'float32' } : {}),
    trainer: options.trainer,
  };
  return {
    role,
    method,
    trainer: options.trainer,
    baseModel: options.baseModel ?? BASE_MODELS[role][options.trainer],
    recipe: recipeFor(role, method, changes),
    quantise: options.quantise === '4bit',
    maxSteps: options.maxSteps,
    cpu: options.cpu === true,
    validation,
    name: options.name ?? `art-${role}`,
    seed: options.seed,
  };
}

/** Makes the folder; one that holds something else is left alone. */
async function claimFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  if (names.length === 0 || names.includes(MARK)) return;
  throw new UsageError({
    code: 'FOLDER_IN_USE',
    message: `--out ${folder} holds something else already (${names[0]}).`,
    hint: 'Name a new folder, or one that art finetune wrote.',
    data: { folder },
  });
}

function show(plan: FinetunePlan, rows: number, files: readonly string[], options: FinetuneFlags): void {
  const folder = relative(process.cwd(), options.out) || '.';
  const shape = shapeOf(plan.baseModel, options.parameters);
  const memory = shape === undefined ? undefined : estimateMemory(shape, plan);
  const serve = serveCommand(plan, folder);
  const config = configLines(plan, folder);
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ folder, rows, files, memory: memory ?? null, serve, config })}\n`,
    );
    return;
  }
  if (options.quiet) return;
  const indented = (text: string) => text.split('\n').map((line) => `  ${line}`);
  process.stdout.write(
    `${[
      `${rows} rows and ${files.length} files in ${folder} (${plan.method.toUpperCase()} of ${plan.baseModel} with ${plan.trainer})`,
      ...(memory === undefined
        ? ['Memory: not estimated, for ART does not know this model; --parameters 8e9 tells its size.']
        : memoryLines(memory, plan)),
      '',
      'Train:',
      `  ${folder}/run.sh`,
      'Serve the result:',
      `  ${serve}`,
      'Use it in art.yaml:',
      ...indented(config),
    ].join('\n')}\n`,
  );
}

function readRate(text: string): number {
  const rate = Number(text);
  if (text.trim() !== '' && rate > 0 && rate < 1) return rate;
  throw new InvalidArgumentError('It is a number over 0 and under 1, e.g. 2e-4.');
}

function readParameters(text: string): number {
  const count = Number(text);
  if (text.trim() !== '' && count >= 1_000 && count <= 1e13) return count;
  throw new InvalidArgumentError('It is a number of parameters, e.g. 8e9.');
}
