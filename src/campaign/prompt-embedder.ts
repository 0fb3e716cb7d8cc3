import { setTimeout } from 'node:timers/promises';
import type { EmbedderConfig } from '../config/schema.ts';
import { judgeRevision } from '../judges/judge-revision.ts';
import { createJudgeRuntime } from '../judges/runtime/onnx-runtime.ts';
import { createSentenceEmbedder } from '../judges/runtime/sentence-embedder.ts';
import type { DownloadProgress } from '../judges/weights/model-files.ts';
import { createWeightStore } from '../judges/weights/weight-store.ts';
import { createEmbedder } from '../models/embedder.ts';
import { toModelError } from '../models/failures.ts';
import type { ModelError } from '../models/model-error.ts';
import { createEmbeddingModel, type ModelServices } from '../models/providers.ts';
import { Endpoint } from './endpoint.ts';

/** An embedder, ready: its model is loaded, or behind an endpoint. */
export interface PromptEmbedder {
  /** For people, e.g. `all-MiniLM-L6-v2`. */
  readonly name: string;
  /** What all its vectors follow from. */
  readonly revision: string;
  /** As many prompts as go into one call. */
  readonly batchSize: number;
  /** As many calls as are worth making at once. */
  readonly concurrency: number;
  /**
   * One vector a prompt, in the same order.
   *
   * @param stop when it aborts, a call that still waits for a slot or its next try gives up
   */
  embed(prompts: readonly string[], stop?: AbortSignal): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** How an embedder is opened, and who hears of what. */
export interface OpenEmbedderOptions {
  /** When it aborts, weights that are being fetched are given up. */
  readonly stop?: AbortSignal | undefined;
  /** Tries after the first; default: as the configuration says. */
  readonly retries?: number;
  /** Of weights that are being fetched. */
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
  /** Of every try that failed, also where a later one succeeds; for logs. */
  readonly onProblem?: ((problem: ModelError) => void) | undefined;
}

/** Opens an embedder: weights are fetched and loaded only now. */
export type OpenEmbedder = (options?: OpenEmbedderOptions) => Promise<PromptEmbedder>;

const MINILM = 'sentence-transformers/all-MiniLM-L6-v2';
/** Text Embeddings Inference takes no more by default; others take more. */
const BATCH_SIZE = 32;

/**
 * Makes what opens the embedder of a configuration. Whatever is wrong with a server's configuration shows now;
 * weights are looked for when it is opened.
 *
 * @throws an `ArtError` with exit code 2 for an unknown provider, a missing package, key, model or address
 */
export async function promptEmbedder(config: EmbedderConfig, services: ModelServices): Promise<OpenEmbedder> {
  if (config === 'minilm') return (options) => openMinilm({}, services, options);
  if ('name' in config) return (options) => openMinilm(config, services, options);
  return openRemote(config, services);
}

async function openMinilm(
  {
    weights = MINILM,
    revision,
  }: { readonly weights?: string | undefined; readonly revision?: string | undefined },
  { env, fetch, configDir }: ModelServices,
  { onDownload, stop }: OpenEmbedderOptions = {},
): Promise<PromptEmbedder> {
  const neededBy = 'The embedder minilm';
  const store = createWeightStore({
    env,
    configDir,
    onDownload,
    ...(stop === undefined ? { fetch } : stoppable(fetch, stop)),
  });
  const files = await store.open({ model: weights, revision }, neededBy);
  const runtime = createJudgeRuntime(configDir);
  try {
    const embedder = await createSentenceEmbedder(files, runtime, { neededBy });
    return {
      name: weights.slice(weights.lastIndexOf('/') + 1),
      revision: embedder.revision,
      batchSize: BATCH_SIZE,
      // One thread runs one network after the other.
      concurrency: 1,
      embed: (prompts) => embedder.embed(prompts),
      close: () => runtime.close(),
    };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

/** Ends requests and waits when `stop` aborts. */
function stoppable(fetch: ModelServices['fetch'], stop: AbortSignal) {
  const stoppableFetch: ModelServices['fetch'] = (input, init) =>
    fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, stop]) : stop });
  return {
    fetch: stoppableFetch,
    sleep: (milliseconds: number) => setTimeout(milliseconds, undefined, { signal: stop }),
  };
}

type RemoteConfig = Extract<EmbedderConfig, { readonly provider: string }>;

async function openRemote(config: RemoteConfig, services: ModelServices): Promise<OpenEmbedder> {
  const { provider, model: name, baseURL, apiKeyEnv, providerOptions, concurrency } = config;
  const model = await createEmbeddingModel(config, services);
  const embedder = createEmbedder(model, config);
  const most = (await model.maxEmbeddingsPerCall) ?? BATCH_SIZE;
  return async ({ onProblem, retries = config.retries } = {}) => {
    const endpoint = new Endpoint(
      'embedder',
      { ...config, retries },
      {
        now: () => performance.now(),
        random: Math.random,
        classify: (error) => toModelError(error, { role: 'embedder', provider, url: baseURL, apiKeyEnv }),
        ...(onProblem === undefined ? {} : { onProblem }),
      },
    );
    return {
      name: [provider, name].filter((part) => part !== undefined).join(' · '),
      revision: judgeRevision({ type: 'remote-embedder', provider, baseURL, model: name, providerOptions }),
      batchSize: Math.max(1, Math.min(BATCH_SIZE, most)),
      concurrency,
      embed: (prompts, stop) =>
        embedder.embed(
          prompts,
          async (request) => (await endpoint.run(request, stop === undefined ? {} : { stop })).value,
        ),
      close: async () => undefined,
    };
  };
}
