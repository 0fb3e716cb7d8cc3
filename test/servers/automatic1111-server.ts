import { z } from 'zod';
import {
  type Answer,
  isAnswer,
  type RunningServer,
  type ServerOptions,
  startHttpServer,
} from './http-server.ts';

const txt2imgSchema = z.looseObject({
  prompt: z.string().default(''),
  negative_prompt: z.string().default(''),
  seed: z.int().default(-1),
  steps: z.int().default(50),
  cfg_scale: z.number().default(7),
  width: z.int().default(512),
  height: z.int().default(512),
  sampler_name: z.string().optional(),
  override_settings: z.record(z.string(), z.unknown()).default({}),
});

/** A request to `txt2img`, with the program's defaults filled in. */
export type Txt2imgRequest = z.output<typeof txt2imgSchema>;

/** How {@link startAutomatic1111Server} behaves. */
export interface Automatic1111ServerOptions extends ServerOptions {
  /** Draws: the bytes of a picture, or a whole answer. */
  readonly respond: (request: Txt2imgRequest) => Uint8Array | Answer | Promise<Uint8Array | Answer>;
  /** `user:password` of `--api-auth`. */
  readonly auth?: string;
  /** Puts `data:image/png;base64,` before the picture, as some forks do. */
  readonly dataPrefix?: boolean;
  /** The seed that a request with -1 gets. */
  readonly randomSeed?: number;
}

/** Starts a server that answers like AUTOMATIC1111's web UI with `--api`. */
export function startAutomatic1111Server(options: Automatic1111ServerOptions): Promise<RunningServer> {
  const { respond, auth, dataPrefix = false, randomSeed = 1234567890 } = options;
  return startHttpServer(async (request) => {
    if (
      auth !== undefined &&
      request.headers.authorization !== `Basic ${Buffer.from(auth).toString('base64')}`
    ) {
      return {
        status: 401,
        headers: { 'www-authenticate': 'Basic' },
        body: { detail: 'Incorrect username or password' },
      };
    }
    if (request.method !== 'POST' || request.path !== '/sdapi/v1/txt2img') {
      return { status: 404, body: { detail: 'Not Found' } };
    }
    const parsed = txt2imgSchema.safeParse(request.body);
    if (!parsed.success) {
      const detail = parsed.error.issues.map(({ path, message }) => ({
        loc: ['body', ...path],
        msg: message,
        type: 'value_error',
      }));
      return { status: 422, body: { detail } };
    }
    const drawn = await respond(parsed.data);
    if (isAnswer(drawn)) return drawn;
    const seed = parsed.data.seed === -1 ? randomSeed : parsed.data.seed;
    const info = infoOf(parsed.data, seed);
    const image = `${dataPrefix ? 'data:image/png;base64,' : ''}${Buffer.from(drawn).toString('base64')}`;
    return { body: { images: [image], parameters: request.body, info: JSON.stringify(info) } };
  }, options);
}

function infoOf(request: Txt2imgRequest, seed: number): Record<string, unknown> {
  const { prompt, negative_prompt: negativePrompt, width, height, steps, cfg_scale: cfgScale } = request;
  return {
    prompt,
    all_prompts: [prompt],
    negative_prompt: negativePrompt,
    all_negative_prompts: [negativePrompt],
    seed,
    all_seeds: [seed],
    subseed: 0,
    all_subseeds: [0],
    width,
    height,
    sampler_name: request.sampler_name ?? 'DPM++ 2M',
    cfg_scale: cfgScale,
    steps,
    batch_size: 1,
    sd_model_name: request.override_settings.sd_model_checkpoint ?? 'v1-5-pruned-emaonly',
    job_timestamp: '20250101000000',
    version: 'v1.10.1',
  };
}
