import type { ImageModelV4, SharedV4Warning } from '@ai-sdk/provider';
import { generateImage } from 'ai';
import type { TargetConfig } from '../config/schema.ts';
import { ArtError } from '../errors.ts';
import { contentHash } from '../store/content-hash.ts';
import { badImage, checkImage, isBlank } from './check-image.ts';
import { drawOptions } from './draw-options.ts';
import { toModelError } from './failures.ts';
import { cleanText } from './redact.ts';
import { refusalInMetadata, refusalOf } from './refusal.ts';
import type { Call, Drawing, DrawRequest, Size, Target } from './types.ts';

/** What {@link createTarget} needs. */
export interface TargetOptions {
  readonly model: ImageModelV4;
  readonly config: Pick<TargetConfig, 'provider'> & Partial<TargetConfig>;
  /** Runs one request: with limits and retries in the engine, directly in `art doctor`. */
  readonly call: Call;
  /** Hears of everything that the provider does not do as asked (`seed` ignored …), each thing once. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Makes the target from an image model: puts the settings into the provider's words, tells a refusal from a failure
 * and checks every image.
 *
 * `draw` throws `ModelError`; an {@link ArtError} that the caller aborts with passes through as it is.
 *
 * @example
 * ```ts
 * const target = createTarget({ model: await createImageModel(config.target, services), config: config.target, call });
 * const drawing = await target.draw({ prompt: 'a street in the rain', seed: 7 });
 * ```
 */
export function createTarget({ model, config, call, onWarning }: TargetOptions): Target {
  const { provider } = config;
  const who = `The target (${provider})`;
  const context = { role: 'target', provider, url: config.baseURL, apiKeyEnv: config.apiKeyEnv };
  const told = new Set<string>();
  const warn = (message: string) => {
    if (told.has(message)) return;
    told.add(message);
    onWarning?.(message);
  };

  /** The model with its warnings heard and its images as bytes: the AI SDK decodes base64 slowly. */
  const heard: ImageModelV4 = {
    specificationVersion: 'v4',
    provider: model.provider,
    modelId: model.modelId,
    maxImagesPerCall: 1,
    async doGenerate(options) {
      const result = await model.doGenerate(options);
      for (const warning of result.warnings) warn(`${who} ${inWords(warning)}`);
      return { ...result, warnings: [], images: result.images.map((image) => toBytes(image, who)) };
    },
  };

  async function drawOnce(request: DrawRequest, signal: AbortSignal, report: Report): Promise<Drawing> {
    const size = request.size ?? (config.size === undefined ? undefined : parseSize(config.size));
    const settings = {
      guidance: request.guidance ?? config.guidance,
      steps: request.steps ?? config.steps,
      negativePrompt: request.negativePrompt ?? config.negativePrompt,
      sampler: config.sampler,
    };
    const { providerOptions, seed, notTaken } = drawOptions(
      provider,
      settings,
      config.providerOptions ?? {},
      request.seed,
    );
    for (const name of notTaken) warn(notTakenWarning(who, name));

    const { image, usage, providerMetadata } = await generateImage({
      model: heard,
      prompt: request.prompt,
      n: 1,
      maxRetries: 0,
      providerOptions,
      abortSignal: signal,
      ...(size === undefined ? {} : { size: `${size.width}x${size.height}` }),
      ...(seed === undefined ? {} : { seed }),
    });
    const { inputTokens, outputTokens } = usage;
    report({
      ...(inputTokens === undefined ? {} : { inputTokens }),
      ...(outputTokens === undefined ? {} : { outputTokens }),
    });

    const bytes = image.uint8Array;
    const checked = await checkImage(bytes, who);
    const refusal = refusalInMetadata(providerMetadata) ?? (await blankedOut(bytes, providerMetadata));
    if (refusal !== undefined) return { outcome: 'refused', reason: refusal };
    const { mediaType, width, height } = checked;
    return { outcome: 'drawn', bytes, hash: contentHash(bytes), mediaType, width, height };
  }

  return {
    draw: (request) =>
      call(async ({ signal, report }) => {
        try {
          return await drawOnce(request, signal, report);
        } catch (error) {
          if (signal.aborted && signal.reason instanceof ArtError) throw signal.reason;
          const reason = refusalOf(error);
          if (reason !== undefined) return { outcome: 'refused', reason };
          throw toModelError(error, context);
        }
      }),
  };
}

type Report = Parameters<Parameters<Call>[0]>[0]['report'];

/** fal says that a picture was flagged and sends a black one in its place. */
async function blankedOut(bytes: Uint8Array, metadata: unknown): Promise<string | undefined> {
  const flagged =
    typeof metadata === 'object' && metadata !== null && /"nsfw":true/.test(JSON.stringify(metadata));
  return flagged && (await isBlank(bytes)) ? 'the safety checker put a blank picture in place' : undefined;
}

/** A size as configurations write it, e.g. `512x512`. */
export function parseSize(size: string): Size {
  const [width = 0, height = 0] = size.split('x').map(Number);
  return { width, height };
}

/** Alphabet of base64, also its variant for URLs; longer texts are tried at both ends. */
const BASE64 = /^[\w+/=\s-]*$/;

function toBytes(image: string | Uint8Array, who: string): Uint8Array {
  if (typeof image !== 'string') return image;
  const text = image.startsWith('data:') ? image.slice(image.indexOf(',') + 1) : image;
  if (!BASE64.test(text.slice(0, 400)) || !BASE64.test(text.slice(-400))) {
    throw badImage(
      `${who} answered with something that is no base64: ${JSON.stringify(cleanText(text, 60))}`,
    );
  }
  return Buffer.from(text, 'base64');
}

function inWords(warning: SharedV4Warning): string {
  switch (warning.type) {
    case 'unsupported':
    case 'compatibility':
      return cleanText(`does not take "${warning.feature}"${warning.details ? `: ${warning.details}` : ''}.`);
    case 'deprecated':
      return cleanText(`calls "${warning.setting}" deprecated: ${warning.message}`);
    default:
      return cleanText(`says: ${warning.message}`);
  }
}

function notTakenWarning(who: string, name: string): string {
  if (name !== 'seed') return `${who} does not take "${name}"; it is left out.`;
  return `${who} gets no seed, so its images cannot be drawn again; if the server takes one, set providerOptions: { seed: true }.`;
}
