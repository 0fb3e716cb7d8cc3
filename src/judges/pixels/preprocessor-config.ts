import { z } from 'zod';
import { WeightsError } from '../weights/weights-error.ts';
import { RESAMPLING_BY_NUMBER, type Resampling } from './filters.ts';

/** The size of an image in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What a network wants done to an image, with every default filled in. */
export interface PreprocessingSteps {
  /** To an exact size, or until the shorter edge has a length; `undefined`: the image stays as it is. */
  readonly resize:
    | { readonly to: Size | { readonly shortestEdge: number }; readonly resampling: Resampling }
    | undefined;
  readonly crop: Size | undefined;
  /** What pixels from 0 to 255 are multiplied by; `undefined`: nothing. */
  readonly rescaleFactor: number | undefined;
  readonly normalise:
    | { readonly mean: readonly [number, number, number]; readonly std: readonly [number, number, number] }
    | undefined;
}

const side = z.int().min(1).max(8192);
const channels = z.union([
  z.number().transform((value): [number, number, number] => [value, value, value]),
  z.tuple([z.number(), z.number(), z.number()]),
]);
const size = z.union([
  side,
  z.object({ height: side, width: side }),
  z.object({ shortest_edge: side, longest_edge: z.undefined().optional() }),
]);

// Unknown keys are let through: configurations carry many that are of no matter here.
const configSchema = z.object({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  do_resize: z.boolean().nullish(),
  size: size.nullish(),
  resample: z.int().min(0).max(5).nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: size.nullish(),
  do_rescale: z.boolean().nullish(),
  rescale_factor: z.number().positive().nullish(),
  do_normalize: z.boolean().nullish(),
  image_mean: channels.nullish(),
  image_std: channels.nullish(),
  // Steps that would change the pixels and that are not done here.
  do_pad: z.literal(false).nullish(),
  do_thumbnail: z.literal(false).nullish(),
  do_align_long_axis: z.literal(false).nullish(),
  do_flip_channel_order: z.literal(false).nullish(),
  rescale_offset: z.literal(false).nullish(),
  include_top: z.literal(false).nullish(),
  crop_pct: z.null().optional(),
});

/** What `openai/clip-vit-large-patch14` and its relatives ask for. */
export const CLIP_PREPROCESSOR_CONFIG = {
  image_processor_type: 'CLIPImageProcessor',
  do_resize: true,
  size: { shortest_edge: 224 },
  resample: 3,
  do_center_crop: true,
  crop_size: { height: 224, width: 224 },
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
} as const;

/**
 * Reads a `preprocessor_config.json`, with the defaults of transformers' class for what is left out:
 * `CLIPImageProcessor` (whose `size: 224` means the shorter edge) or, for all others,
 * `ViTImageProcessor` (whose `size: 224` means a square).
 *
 * @throws {@link WeightsError} `WRONG_ARCHITECTURE` for a step or a size that is not supported
 */
export function parsePreprocessorConfig(config: unknown): PreprocessingSteps {
  const parsed = configSchema.safeParse(config);
  if (!parsed.success) {
    const problem = z.prettifyError(parsed.error).replaceAll('\n', ' ');
    throw new WeightsError({
      code: 'WRONG_ARCHITECTURE',
      message: `The model's preprocessor_config.json asks for something that is not supported: ${problem}`,
      hint: 'Supported are the steps of CLIPImageProcessor and ViTImageProcessor: resize, center crop, rescale, normalize.',
      data: { issues: parsed.error.issues.map(({ path, message }) => ({ path, message })) },
    });
  }
  const asked = parsed.data;
  const isClip = /^CLIP/.test(asked.image_processor_type ?? asked.feature_extractor_type ?? '');
  const mean = asked.image_mean ?? (isClip ? [...CLIP_PREPROCESSOR_CONFIG.image_mean] : [0.5, 0.5, 0.5]);
  const std = asked.image_std ?? (isClip ? [...CLIP_PREPROCESSOR_CONFIG.image_std] : [0.5, 0.5, 0.5]);
  return {
    resize:
      (asked.do_resize ?? true)
        ? {
            to: resizeTarget(asked.size ?? 224, isClip),
            resampling: RESAMPLING_BY_NUMBER[asked.resample ?? (isClip ? 3 : 2)] ?? 'bilinear',
          }
        : undefined,
    crop: (asked.do_center_crop ?? isClip) ? cropTarget(asked.crop_size ?? 224) : undefined,
    rescaleFactor: (asked.do_rescale ?? true) ? (asked.rescale_factor ?? 1 / 255) : undefined,
    normalise:
      (asked.do_normalize ?? true)
        ? { mean: [mean[0], mean[1], mean[2]], std: [std[0], std[1], std[2]] }
        : undefined,
  };
}

function resizeTarget(asked: z.output<typeof size>, isClip: boolean): Size | { shortestEdge: number } {
  if (typeof asked === 'number') return isClip ? { shortestEdge: asked } : { width: asked, height: asked };
  return 'shortest_edge' in asked
    ? { shortestEdge: asked.shortest_edge }
    : { width: asked.width, height: asked.height };
}

function cropTarget(asked: z.output<typeof size>): Size {
  if (typeof asked === 'number') return { width: asked, height: asked };
  return 'shortest_edge' in asked
    ? { width: asked.shortest_edge, height: asked.shortest_edge }
    : { width: asked.width, height: asked.height };
}
