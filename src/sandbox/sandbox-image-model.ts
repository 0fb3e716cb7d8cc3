import { APICallError, type ImageModelV4, type ImageModelV4CallOptions } from '@ai-sdk/provider';
import { z } from 'zod';
import { encodePng, paint } from './painter.ts';
import { planScene } from './scene.ts';
import { loadVocabulary } from './vocabulary.ts';
import { wordsOf } from './words.ts';

/** A prompt with this word is refused, as a content policy would: to try out what happens then. */
export const REFUSAL_WORD = 'policy-refusal-test';

const LARGEST_SIDE = 2048;
const DEFAULT_SIZE = '512x512';

/** What `providerOptions.sandbox` may hold. */
const optionsSchema = z.object({
  /** How literally the prompt is taken; default 7.5. */
  guidance: z.number().min(0).max(100).default(7.5),
  /** Taken, as every target takes it, but there is nothing here that takes steps. */
  steps: z.number().optional(),
  negativePrompt: z.string().default(''),
});

/** What the sandbox's target needs from outside. */
export interface SandboxImageModelOptions {
  /** The time that answers carry; default: the system's. */
  readonly now?: () => Date;
}

/**
 * The sandbox's target: draws the things that a prompt names as pictograms in a landscape or a room,
 * and has planted weaknesses. The same prompt, seed, size, guidance and negative prompt give the same
 * bytes, always. Options: `providerOptions.sandbox = { guidance?, steps?, negativePrompt? }`.
 *
 * Its `doGenerate` throws an `APICallError` with status 400 and the code `content_policy_violation`
 * for prompts with {@link REFUSAL_WORD}, and with the code `invalid_request` for sizes and options
 * that make no sense.
 */
export function createSandboxImageModel({
  now = () => new Date(),
}: SandboxImageModelOptions = {}): ImageModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'sandbox',
    modelId: 'sandbox-pictograms',
    maxImagesPerCall: 16,
    supportsFileInputs: false,
    supportsMaskInputs: false,
    async doGenerate(options) {
      const images: Uint8Array[] = [];
      for (let i = 0; i < options.n; i++) images.push(await drawOne(options, (options.seed ?? 0) + i));
      return {
        images,
        warnings: [],
        response: { timestamp: now(), modelId: 'sandbox-pictograms', headers: undefined },
      };
    },
  };
}

async function drawOne(options: ImageModelV4CallOptions, seed: number): Promise<Uint8Array> {
  const prompt = options.prompt ?? '';
  options.abortSignal?.throwIfAborted();
  if (wordsOf(prompt).includes(REFUSAL_WORD)) {
    throw refusal(
      'content_policy_violation',
      'The prompt was refused by the sandbox’s content policy.',
      options,
    );
  }
  const size = sizeOf(options);
  const parsed = optionsSchema.safeParse(options.providerOptions.sandbox ?? {});
  if (!parsed.success) throw refusal('invalid_request', z.prettifyError(parsed.error), options);
  const { guidance, negativePrompt } = parsed.data;
  const scene = planScene({ prompt, seed, guidance, negativePrompt }, await loadVocabulary());
  return encodePng(await paint(scene, size, `${seed} ${prompt}`));
}

function sizeOf(options: ImageModelV4CallOptions): { width: number; height: number } {
  const size = options.size ?? DEFAULT_SIZE;
  const [width = 0, height = 0] = size.split('x').map(Number);
  const sane = (side: number) => Number.isInteger(side) && side >= 1 && side <= LARGEST_SIDE;
  if (!sane(width) || !sane(height)) {
    throw refusal(
      'invalid_request',
      `The sandbox draws up to ${LARGEST_SIDE}x${LARGEST_SIDE}, not ${size}.`,
      options,
    );
  }
  return { width, height };
}

function refusal(
  code: string,
  message: string,
  { prompt, size, seed }: ImageModelV4CallOptions,
): APICallError {
  const error = { code, type: 'invalid_request_error', message };
  return new APICallError({
    message,
    url: 'sandbox://images/generations',
    requestBodyValues: { prompt, size, seed },
    statusCode: 400,
    responseBody: JSON.stringify({ error }),
    data: { error },
    isRetryable: false,
  });
}
