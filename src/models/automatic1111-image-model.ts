import { APICallError, type ImageModelV4, type SharedV4Warning } from '@ai-sdk/provider';
import { z } from 'zod';
import { requestJson } from './http-json.ts';

/** What {@link createAutomatic1111ImageModel} needs. */
export interface Automatic1111Settings {
  /** Where the web UI listens, without `/sdapi`. */
  readonly baseURL: string;
  /** The checkpoint; without it the one that is loaded stays. */
  readonly model?: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  /** For every request, e.g. `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The clock, for the time stamp of answers. */
  readonly now?: () => Date;
}

/** `providerOptions.automatic1111`; every other key goes into the body as it is. */
const optionsSchema = z.looseObject({
  guidance: z.number().optional(),
  steps: z.number().optional(),
  negativePrompt: z.string().optional(),
  sampler: z.string().optional(),
  override_settings: z.record(z.string(), z.json()).optional(),
});

const answerSchema = z.looseObject({
  images: z.array(z.string()).nullish(),
  info: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
});

const infoSchema = z.looseObject({ seed: z.number().optional(), all_seeds: z.array(z.number()).optional() });

/**
 * An image model behind `POST /sdapi/v1/txt2img`: AUTOMATIC1111's web UI (started with `--api`), Forge,
 * SD.Next, the server of stable-diffusion.cpp.
 *
 * Options in `providerOptions.automatic1111`: `guidance`, `steps`, `negativePrompt`, `sampler`; any further
 * key goes into the body, e.g. `{ restore_faces: true }`. The seed that was really used comes back in
 * `providerMetadata.automatic1111.images[0].seed`.
 *
 * `doGenerate` throws `APICallError` for an answer that is no success or has no images, and whatever `fetch` throws.
 */
export function createAutomatic1111ImageModel(settings: Automatic1111Settings): ImageModelV4 {
  const { baseURL, model, fetch, headers = {}, now = () => new Date() } = settings;
  const url = `${baseURL.replace(/\/+$/, '')}/sdapi/v1/txt2img`;
  return {
    specificationVersion: 'v4',
    provider: 'automatic1111',
    modelId: model ?? 'loaded-checkpoint',
    maxImagesPerCall: 1,

    async doGenerate({ prompt, size, seed, aspectRatio, providerOptions, abortSignal, headers: more }) {
      const { guidance, steps, negativePrompt, sampler, override_settings, ...extra } = optionsSchema.parse(
        providerOptions.automatic1111 ?? {},
      );
      const [width, height] = size?.split('x').map(Number) ?? [];
      const overrides = {
        ...(model === undefined ? {} : { sd_model_checkpoint: model }),
        ...override_settings,
      };
      const body = {
        prompt: prompt ?? '',
        ...(negativePrompt === undefined ? {} : { negative_prompt: negativePrompt }),
        ...(seed === undefined ? {} : { seed }),
        ...(steps === undefined ? {} : { steps }),
        ...(guidance === undefined ? {} : { cfg_scale: guidance }),
        ...(sampler === undefined ? {} : { sampler_name: sampler }),
        ...(width === undefined || height === undefined ? {} : { width, height }),
        batch_size: 1,
        n_iter: 1,
        // Going back to the former checkpoint after every image would load two of them each time.
        ...(Object.keys(overrides).length === 0
          ? {}
          : { override_settings: overrides, override_settings_restore_afterwards: false }),
        ...extra,
      };
      const answer = await requestJson({
        url,
        fetch,
        body,
        signal: abortSignal,
        headers: { ...headers, ...defined(more) },
      });
      const parsed = answerSchema.safeParse(answer.value);
      if (!parsed.success) {
        throw new APICallError({
          message: 'The answer has no "images"',
          url,
          requestBodyValues: body,
          statusCode: 200,
          responseHeaders: answer.headers,
          responseBody: JSON.stringify(answer.value)?.slice(0, 2000),
        });
      }
      const used = usedSeed(parsed.data.info);
      // A grid of several images would come first, but one image makes no grid.
      const images = (parsed.data.images ?? []).slice(0, 1).map(withoutDataPrefix);
      const warnings: SharedV4Warning[] =
        aspectRatio === undefined
          ? []
          : [{ type: 'unsupported', feature: 'aspectRatio', details: 'use size' }];
      return {
        images,
        warnings,
        providerMetadata: {
          automatic1111: { images: images.map(() => (used === undefined ? {} : { seed: used })) },
        },
        response: { timestamp: now(), modelId: model ?? 'loaded-checkpoint', headers: answer.headers },
      };
    },
  };
}

/** `info` is JSON inside a string; other servers leave it empty or send an object. */
function usedSeed(info: string | Record<string, unknown> | null | undefined): number | undefined {
  let value: unknown = info;
  if (typeof info === 'string') {
    try {
      value = JSON.parse(info);
    } catch {
      // Only the seed is lost, and only for the record.
      return undefined;
    }
  }
  const parsed = infoSchema.safeParse(value);
  return parsed.success ? (parsed.data.all_seeds?.[0] ?? parsed.data.seed) : undefined;
}

function withoutDataPrefix(image: string): string {
  return image.replace(/^data:[^,]{0,100},/, '');
}

function defined(headers: Record<string, string | undefined> | undefined): Record<string, string> {
  const entries = Object.entries(headers ?? {});
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
