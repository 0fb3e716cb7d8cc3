import type { WeightsErrorCode } from '../weights-error.ts';

/** What is wrong with a file of tensors; `readTensors` makes it a WeightsError that names the file. */
export class TensorFileProblem extends Error {
  override readonly name = 'TensorFileProblem';
  readonly code: WeightsErrorCode;
  readonly hint: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    code: WeightsErrorCode,
    message: string,
    {
      hint,
      data = {},
      cause,
    }: { hint?: string | undefined; data?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.data = data;
  }
}

/** The file is of a known format, but broken: cut off, or contradicting itself. */
export function damaged(message: string, cause?: unknown): TensorFileProblem {
  return new TensorFileProblem('WEIGHTS_DAMAGED', message, {
    hint: 'Delete the file and fetch it again.',
    cause,
  });
}

/** The file is not of a known format, or holds something else than tensors. */
export function unreadable(message: string, cause?: unknown): TensorFileProblem {
  return new TensorFileProblem('WEIGHTS_UNREADABLE', message, {
    hint: 'Tensors are read from safetensors, PyTorch (.pt, .pth, .bin) and pickle (.p, .pkl) files.',
    cause,
  });
}

/** The file names Python code that it wants to be called. */
export function unsafe(global: string): TensorFileProblem {
  return new TensorFileProblem(
    'WEIGHTS_UNSAFE',
    `The file wants Python's ${JSON.stringify(global.slice(0, 200))} to be called, which tensors have no need of. It was not run.`,
    {
      hint: 'Do not load this file in Python. If you trust its maker, convert it to safetensors there and use that.',
      data: { global: global.slice(0, 200) },
    },
  );
}
