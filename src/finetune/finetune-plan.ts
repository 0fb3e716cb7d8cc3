import type { Method, Recipe, Role, Trainer } from './recipe.ts';

/** A fine-tuning, ready to be written for a trainer. */
export interface FinetunePlan {
  readonly role: Role;
  readonly method: Method;
  readonly trainer: Trainer;
  readonly baseModel: string;
  readonly recipe: Recipe;
  /** Whether the weights are held in four bits (QLoRA). */
  readonly quantise: boolean;
  /** Ends after so many steps; for a trial. */
  readonly maxSteps: number | undefined;
  /** Trains on the processor, in float32; for a trial. */
  readonly cpu: boolean;
  /** Whether there are rows for validation. */
  readonly validation: boolean;
  /** How the result is called where it is served. */
  readonly name: string;
  readonly seed: number;
}

/** A file of the output folder. */
export interface TrainingFile {
  readonly name: string;
  readonly text: string;
  readonly executable?: boolean;
}

/** Rows that fit into a batch at once; the rest is accumulated. */
export function perDevice({ recipe, role }: Pick<FinetunePlan, 'recipe' | 'role'>): {
  readonly batch: number;
  readonly accumulation: number;
} {
  const most = role === 'guide' ? 2 : 4;
  const batch = Math.min(most, recipe.batchSize.value);
  return { batch, accumulation: Math.max(1, Math.ceil(recipe.batchSize.value / batch)) };
}

/** What stands at the head of every generated file. */
export function heading(plan: FinetunePlan, lines: readonly string[]): string[] {
  return [
    `Fine-tunes a ${plan.role === 'writer' ? 'Writer' : 'Guide'} (${plan.method.toUpperCase()}, LoRA) on ${plan.baseModel}; written by art finetune.`,
    "The figures of the paper's Tables 7 and 8 are not published in a form that ART could take over; these are:",
    ...lines.map((line) => `  ${line}`),
  ];
}

/** The head of a run script: it stops at the first failure, works in its folder and finds its Python. */
export function runScript(
  plan: FinetunePlan,
  modules: readonly string[],
  install: string,
  command: readonly string[],
): TrainingFile {
  const imports = modules.map((name) => `import ${name}`).join('; ');
  return {
    name: 'run.sh',
    executable: true,
    text: [
      '#!/usr/bin/env bash',
      `# ${plan.trainer}: PYTHON=/path/to/python ./run.sh`,
      'set -euo pipefail',
      'cd "$(dirname "$0")"',
      `PYTHON="\${PYTHON:-python3}"`,
      `if ! problem="$("$PYTHON" -c ${quoted(imports)} 2>&1)"; then`,
      '  echo "$problem" | tail -n 1 >&2',
      `  echo ${quoted(`${plan.trainer} is not installed for this Python. Install it: ${install}`)} >&2`,
      '  exit 1',
      'fi',
      ...command,
      '',
    ].join('\n'),
  };
}

/** A word for the shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
