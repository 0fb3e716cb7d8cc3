import { APICallError } from '@ai-sdk/provider';
import { z } from 'zod';
import { ModelError } from './model-error.ts';
import { cleanText } from './redact.ts';

/** The answer to `POST /prompt`. */
export const queuedSchema = z.looseObject({ prompt_id: z.string() });

const imageSchema = z.looseObject({
  filename: z.string(),
  subfolder: z.string().default(''),
  type: z.string().default('output'),
});
export type ComfyuiImage = z.output<typeof imageSchema>;

/** One entry of `GET /history/{id}`. */
export const historyEntrySchema = z.looseObject({
  outputs: z
    .record(z.string(), z.looseObject({ images: z.array(imageSchema).optional().catch(undefined) }))
    .default({}),
  status: z
    .looseObject({
      status_str: z.string().optional(),
      completed: z.boolean().optional(),
      messages: z
        .array(z.tuple([z.string(), z.looseObject({})]))
        .default([])
        .catch([]),
    })
    .nullish(),
});
export type HistoryEntry = z.output<typeof historyEntrySchema>;

/** `GET /queue`; an item is `[number, prompt_id, …]`. */
const queueItemSchema = z.tuple([z.unknown(), z.string()], z.unknown());
export const queueSchema = z.looseObject({
  queue_running: z.array(queueItemSchema).default([]),
  queue_pending: z.array(queueItemSchema).default([]),
});

const rejectionSchema = z.looseObject({
  error: z
    .union([z.string(), z.looseObject({ message: z.string().optional(), details: z.string().optional() })])
    .optional(),
  node_errors: z
    .record(
      z.string(),
      z.looseObject({
        class_type: z.string().optional(),
        errors: z
          .array(z.looseObject({ message: z.string().optional(), details: z.string().optional() }))
          .default([]),
      }),
    )
    .catch({}),
});

const executionErrorSchema = z.looseObject({
  node_id: z.union([z.string(), z.number()]).optional(),
  node_type: z.string().optional(),
  exception_type: z.string().optional(),
  exception_message: z.string().optional(),
});

/**
 * What ComfyUI says about a workflow that it does not take, node by node.
 *
 * @param error what `POST /prompt` threw
 * @returns a {@link ModelError} for a 400 with `node_errors` or an `error`; anything else comes back as it is
 */
export function rejectionOf(error: unknown, where: string): unknown {
  if (!APICallError.isInstance(error) || error.statusCode !== 400) return error;
  let body: unknown;
  try {
    body = JSON.parse(error.responseBody ?? '');
  } catch {
    // Not ComfyUI's own words: the general classification will do.
    return error;
  }
  const parsed = rejectionSchema.safeParse(body);
  if (!parsed.success) return error;
  const { error: main, node_errors: nodeErrors } = parsed.data;
  const nodes = Object.entries(nodeErrors).flatMap(([id, { class_type: type, errors }]) =>
    errors.map(
      ({ message, details }) => `node ${id} (${type ?? 'unknown class'}): ${sentence(message, details)}`,
    ),
  );
  const general = typeof main === 'string' ? main : sentence(main?.message, main?.details);
  return new ModelError({
    code: 'REJECTED',
    message: cleanText(`ComfyUI at ${where} does not take the workflow: ${nodes.join('; ') || general}`),
    hint: 'Check the names of models and nodes in the workflow file against this ComfyUI.',
    data: { nodeErrors: Object.keys(nodeErrors) },
    status: 400,
    retryable: false,
  });
}

/**
 * What went wrong while a workflow ran.
 *
 * @returns `undefined` when it ended well
 */
export function executionErrorOf(entry: HistoryEntry, where: string): ModelError | undefined {
  if (entry.status?.status_str !== 'error') return undefined;
  const messages = entry.status.messages;
  const details = messages.find(([type]) => type === 'execution_error')?.[1];
  const interrupted = messages.some(([type]) => type === 'execution_interrupted');
  const parsed = executionErrorSchema.safeParse(details);
  if (details === undefined || !parsed.success) {
    const what = interrupted ? 'was interrupted on the server' : 'failed without a reason';
    return failed(`ComfyUI at ${where}: the workflow ${what}.`);
  }
  const { node_id: id, node_type: type, exception_type: kind, exception_message: message } = parsed.data;
  return failed(
    `ComfyUI at ${where} failed in node ${id ?? '?'} (${type ?? 'unknown class'}): ${sentence(kind, message)}`,
    { node: id, class: type, exception: kind },
  );
}

/**
 * The image to fetch: of `node` where one is named, else the first saved one, else the first preview.
 *
 * @returns `undefined` when there is none
 */
export function pickImage(entry: HistoryEntry, node?: string): ComfyuiImage | undefined {
  const outputs = node === undefined ? Object.values(entry.outputs) : [entry.outputs[node]];
  const images = outputs.flatMap((output) => output?.images ?? []);
  return images.find(({ type }) => type === 'output') ?? images[0];
}

function sentence(first: string | undefined, second: string | undefined): string {
  return (
    [first, second].filter((part) => part !== undefined && part.trim() !== '').join(': ') || 'no reason given'
  );
}

/** A job that ended badly: memory, a busy card and interruptions pass, so it is worth another try. */
export function failed(message: string, data: Record<string, unknown> = {}): ModelError {
  return new ModelError({ code: 'SERVER_ERROR', message: cleanText(message), data, retryable: true });
}
