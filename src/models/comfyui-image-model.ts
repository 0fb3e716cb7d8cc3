import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { APICallError, type ImageModelV4, type SharedV4Warning } from '@ai-sdk/provider';
import { z } from 'zod';
import { badImage } from './check-image.ts';
import {
  executionErrorOf,
  failed,
  type HistoryEntry,
  historyEntrySchema,
  pickImage,
  queuedSchema,
  queueSchema,
  rejectionOf,
} from './comfyui-answers.ts';
import { type ComfyuiEvents, openComfyuiEvents } from './comfyui-events.ts';
import type { Placeholder, PlaceholderValues, Workflow } from './comfyui-workflow.ts';
import { requestBytes, requestJson } from './http-json.ts';

/** What {@link createComfyuiImageModel} needs. */
export interface ComfyuiSettings {
  /** Where ComfyUI listens. */
  readonly baseURL: string;
  readonly workflow: Workflow;
  /** For the placeholder `{{model}}`. */
  readonly model?: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  /** For every request and the socket, e.g. `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How often `/history` is asked while there is no socket, in milliseconds. Default: 500. */
  readonly pollMs?: number;
  /** How often it is asked all the same while there is one. Default: 10,000. */
  readonly safetyPollMs?: number;
  readonly now?: () => Date;
  /** Makes a client id. */
  readonly newId?: () => string;
}

/** `providerOptions.comfyui`. */
const optionsSchema = z.looseObject({
  guidance: z.number().optional(),
  steps: z.number().optional(),
  negativePrompt: z.string().optional(),
  sampler: z.string().optional(),
  /** The id of the node whose image counts, where several nodes save one. */
  outputNode: z.string().optional(),
});

/** How long tidying up after an abort may take. */
const TIDY_UP_MS = 5000;

/** So often may a job be in neither queue nor history (it moves from one to the other) before it is lost. */
const MOST_TIMES_GONE = 3;

/**
 * An image model that runs a workflow on ComfyUI: `POST /prompt`, news over `/ws` with `/history/{id}` as the
 * truth (asked slowly beside an open socket, often without one), the image from `/view`.
 *
 * Options in `providerOptions.comfyui`: `guidance`, `steps`, `negativePrompt`, `sampler`, which fill the
 * workflow's placeholders, and `outputNode`. An abort takes the job out of the queue and interrupts it.
 *
 * `doGenerate` throws `ModelError` for a workflow that ComfyUI rejects (`REJECTED`, with its `node_errors`), that
 * fails (`SERVER_ERROR`, with node and exception) or gives no image (`BAD_ANSWER`); `APICallError` and whatever
 * `fetch` throws for everything else.
 */
export function createComfyuiImageModel(settings: ComfyuiSettings): ImageModelV4 {
  const { workflow, model, fetch, headers = {}, now = () => new Date(), newId = randomUUID } = settings;
  const base = settings.baseURL.replace(/\/+$/, '');
  const modelId = model ?? 'workflow';

  return {
    specificationVersion: 'v4',
    provider: 'comfyui',
    modelId,
    maxImagesPerCall: 1,

    async doGenerate({ prompt, size, seed, aspectRatio, providerOptions, abortSignal: signal }) {
      const options = optionsSchema.parse(providerOptions.comfyui ?? {});
      const [width, height] = size?.split('x').map(Number) ?? [];
      const { guidance, steps, sampler, negativePrompt } = options;
      const values = {
        prompt: prompt ?? '',
        seed,
        width,
        height,
        guidance,
        steps,
        sampler,
        negativePrompt,
        model,
      };
      const filled = workflow.fill(values);

      signal?.throwIfAborted();
      const clientId = newId();
      const socketUrl = `${base.replace(/^http/, 'ws')}/ws?clientId=${encodeURIComponent(clientId)}`;
      // The socket first: a workflow of cached nodes ends before a later one would be open.
      const events = await openComfyuiEvents(socketUrl, headers);
      try {
        const id = await queue(filled, clientId, signal);
        const entry = await finish(id, events, signal).catch((error: unknown) => {
          if (signal?.aborted === true) void tidyUp(id);
          throw error;
        });
        const image = pickImage(entry, options.outputNode);
        if (image === undefined) {
          throw badImage(`ComfyUI at ${base} ran the workflow, but no node of it saved an image.`, {
            data: { outputs: Object.keys(entry.outputs) },
            retryable: false,
          });
        }
        const { filename, subfolder, type } = image;
        const url = `${base}/view?${new URLSearchParams({ filename, subfolder, type })}`;
        const bytes = await requestBytes({ url, fetch, headers, signal });
        return {
          images: [bytes.value],
          warnings: unusedWarnings(workflow, values, aspectRatio !== undefined),
          providerMetadata: {
            comfyui: { images: [{ promptId: id, filename, ...(seed === undefined ? {} : { seed }) }] },
          },
          response: { timestamp: now(), modelId, headers: bytes.headers },
        };
      } finally {
        events.close();
      }
    },
  };

  /** Hands the workflow in; its id. */
  async function queue(prompt: unknown, clientId: string, signal: AbortSignal | undefined): Promise<string> {
    const url = `${base}/prompt`;
    const body = { prompt, client_id: clientId };
    const answer = await requestJson({ url, fetch, headers, body, signal }).catch((error: unknown) => {
      throw rejectionOf(error, base);
    });
    return read(queuedSchema, answer.value, url).prompt_id;
  }

  /** Waits for the end of a job. */
  async function finish(
    id: string,
    events: ComfyuiEvents,
    signal: AbortSignal | undefined,
  ): Promise<HistoryEntry> {
    let timesGone = 0;
    let isEnding = false;
    for (;;) {
      const entry = await history(id, signal);
      const error = entry === undefined ? undefined : executionErrorOf(entry, base);
      if (error !== undefined) throw error;
      if (entry !== undefined && entry.status?.completed !== false) return entry;

      if (entry === undefined) timesGone = (await isQueued(id, signal)) ? 0 : timesGone + 1;
      if (timesGone >= MOST_TIMES_GONE) {
        throw failed(
          `ComfyUI at ${base} has lost the job ${id}; it was probably restarted or its queue cleared.`,
        );
      }
      // Gone for the first time: it most likely ended between the two questions.
      if (timesGone === 1) continue;
      // The news of the end comes before the history has it, so from then on the question is asked often.
      const isSlow = events.isOpen() && !isEnding && timesGone === 0;
      isEnding = await pause(
        events,
        isSlow ? (settings.safetyPollMs ?? 10_000) : (settings.pollMs ?? 500),
        signal,
      );
    }
  }

  async function history(id: string, signal: AbortSignal | undefined): Promise<HistoryEntry | undefined> {
    const url = `${base}/history/${encodeURIComponent(id.toWellFormed())}`;
    const { value } = await requestJson({ url, fetch, headers, signal });
    return read(z.record(z.string(), historyEntrySchema), value, url)[id];
  }

  async function isQueued(id: string, signal: AbortSignal | undefined): Promise<boolean> {
    const { running, pending } = await readQueue(signal);
    return running.includes(id) || pending.includes(id);
  }

  async function readQueue(
    signal: AbortSignal | undefined,
  ): Promise<{ running: string[]; pending: string[] }> {
    const url = `${base}/queue`;
    const { value } = await requestJson({ url, fetch, headers, signal });
    const { queue_running: running, queue_pending: pending } = read(queueSchema, value, url);
    return { running: running.map(([, id]) => id), pending: pending.map(([, id]) => id) };
  }

  /** After an abort: nobody waits for the picture any more, so the server need not draw it. */
  async function tidyUp(id: string): Promise<void> {
    const signal = AbortSignal.timeout(TIDY_UP_MS);
    try {
      const { running } = await readQueue(signal);
      // Older servers interrupt whatever runs, so only when that is ours; newer ones heed the id.
      const request = running.includes(id)
        ? { url: `${base}/interrupt`, body: { prompt_id: id } }
        : { url: `${base}/queue`, body: { delete: [id] } };
      await requestBytes({ ...request, fetch, headers, signal });
    } catch {
      // A server that cannot be reached any more has nothing to tidy up.
    }
  }
}

/** Waits until the next sign of an end, or for so long; whether there was a sign. */
async function pause(events: ComfyuiEvents, ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  const over = new AbortController();
  const until = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  const timer = delay(ms, false, { signal: until }).catch(() => false);
  const hasNews = await (events.isOpen() ? Promise.race([timer, events.nextEnd().then(() => true)]) : timer);
  over.abort();
  signal?.throwIfAborted();
  return hasNews;
}

/** What the configuration sets and the workflow has no place for. */
function unusedWarnings(
  workflow: Workflow,
  values: PlaceholderValues,
  hasAspectRatio: boolean,
): SharedV4Warning[] {
  const settings: readonly Placeholder[] = [
    'negativePrompt',
    'width',
    'height',
    'guidance',
    'steps',
    'sampler',
    'model',
  ];
  const unused = settings.filter((name) => values[name] !== undefined && !workflow.placeholders.has(name));
  return [...unused, ...(hasAspectRatio ? ['aspectRatio'] : [])].map((feature) => ({
    type: 'unsupported',
    feature,
    details: `the workflow has no {{${feature}}}`,
  }));
}

/** Checks the shape of an answer. */
function read<Output>(schema: z.ZodType<Output>, value: unknown, url: string): Output {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new APICallError({
    message: `The answer is not ComfyUI's: ${z.prettifyError(parsed.error)}`,
    url,
    requestBodyValues: undefined,
    statusCode: 200,
    responseBody: JSON.stringify(value)?.slice(0, 2000) ?? '',
  });
}
