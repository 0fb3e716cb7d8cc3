import { z } from 'zod';
import {
  type Answer,
  isAnswer,
  type RecordedRequest,
  type RunningServer,
  type ServerOptions,
  startHttpServer,
} from './http-server.ts';

/** A chat request, taken apart. */
export interface ChatRequest {
  readonly model: string;
  /** The system messages' text. */
  readonly system: string;
  /** All other messages' text. */
  readonly text: string;
  /** The pictures in `image_url` parts. */
  readonly images: readonly Uint8Array[];
  readonly seed: number | undefined;
  readonly temperature: number | undefined;
  /** The body as it came. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request for a picture. */
export interface ImageRequest {
  readonly model: string;
  readonly prompt: string;
  readonly width: number;
  readonly height: number;
  readonly seed: number | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request for vectors. */
export interface EmbedRequest {
  readonly model: string;
  readonly input: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
}

/** How {@link startOpenaiServer} behaves. */
export interface OpenaiServerOptions extends ServerOptions {
  /** Answers chat: text, or a whole answer for a failure. Default: an echo. */
  readonly chat?: (request: ChatRequest) => string | Answer | Promise<string | Answer>;
  /** Answers with a picture: its bytes, or a whole answer for a refusal. Without it there are no images. */
  readonly image?: (request: ImageRequest) => Uint8Array | Answer | Promise<Uint8Array | Answer>;
  /** Answers with a vector a text, or a whole answer for a failure. Without it there are no embeddings. */
  readonly embed?: (request: EmbedRequest) => readonly (readonly number[])[] | Answer;
  /** Requests for other models get a 404. Default: any model. */
  readonly models?: readonly string[];
  /** Requests without this key get a 401. */
  readonly apiKey?: string;
}

const partSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('image_url'), image_url: z.looseObject({ url: z.string() }) }),
]);
const chatSchema = z.looseObject({
  model: z.string(),
  messages: z
    .array(z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(partSchema)]) }))
    .min(1),
  seed: z.int().optional(),
  temperature: z.number().optional(),
  stream: z.literal(false).optional(),
});
const imageSchema = z.looseObject({
  model: z.string(),
  prompt: z.string(),
  size: z
    .string()
    .regex(/^\d+x\d+$/)
    .default('1024x1024'),
  n: z.literal(1).optional(),
  seed: z.int().optional(),
});

const embedSchema = z.looseObject({
  model: z.string(),
  input: z.array(z.string()).min(1).max(2048),
  encoding_format: z.literal('float').optional(),
});

/** An error in OpenAI's words. */
export function openaiError(
  status: number,
  message: string,
  code: string | null = null,
  type = 'invalid_request_error',
): Answer {
  return { status, body: { error: { message, type, param: null, code } } };
}

/**
 * Starts a server that speaks OpenAI's chat completions (not streamed), image generations (base64), embeddings and
 * models, as vLLM, Ollama, LM Studio and LocalAI do. Base URL: `${url}/v1`.
 */
export function startOpenaiServer(options: OpenaiServerOptions = {}): Promise<RunningServer> {
  const { chat = ({ text }) => text, image, embed, models, apiKey } = options;
  let calls = 0;

  return startHttpServer(async (request) => {
    if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`) {
      const given = String(request.headers.authorization ?? '').replace('Bearer ', '');
      return openaiError(401, `Incorrect API key provided: ${given}.`, 'invalid_api_key');
    }
    const route = `${request.method} ${request.path}`;
    if (route === 'GET /v1/models') {
      const data = (models ?? ['test-model']).map((id) => ({
        id,
        object: 'model',
        created: 1_700_000_000,
        owned_by: 'test',
      }));
      return { body: { object: 'list', data } };
    }
    const model = z.looseObject({ model: z.string() }).safeParse(request.body).data?.model;
    if (model !== undefined && models?.includes(model) === false) {
      return openaiError(404, `The model \`${model}\` does not exist.`, 'model_not_found');
    }
    const id = ++calls;
    if (route === 'POST /v1/chat/completions') return answerChat(request, chat, id);
    if (route === 'POST /v1/images/generations' && image !== undefined) return answerImage(request, image);
    if (route === 'POST /v1/embeddings' && embed !== undefined) return answerEmbeddings(request, embed);
    return { status: 404, body: { detail: 'Not Found' } };
  }, options);
}

async function answerChat(
  request: RecordedRequest,
  chat: NonNullable<OpenaiServerOptions['chat']>,
  id: number,
): Promise<Answer> {
  const parsed = chatSchema.safeParse(request.body);
  if (!parsed.success) return openaiError(400, z.prettifyError(parsed.error));
  const { model, messages, seed, temperature } = parsed.data;
  const parts = messages.map(({ role, content }) => ({
    role,
    parts: typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content,
  }));
  const textOf = (isSystem: boolean) =>
    parts
      .filter(({ role }) => (role === 'system') === isSystem)
      .flatMap((message) => message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])))
      .join('\n');
  const images = parts.flatMap((message) =>
    message.parts.flatMap((part) =>
      part.type === 'image_url'
        ? [new Uint8Array(Buffer.from(part.image_url.url.replace(/^data:[^,]*,/, ''), 'base64'))]
        : [],
    ),
  );
  const content = await chat({
    model,
    system: textOf(true),
    text: textOf(false),
    images,
    seed,
    temperature,
    body: parsed.data,
  });
  if (typeof content !== 'string') return content;
  const [promptTokens, completionTokens] = [textOf(false).split(/\s+/).length, content.split(/\s+/).length];
  return {
    body: {
      id: `chatcmpl-${id}`,
      object: 'chat.completion',
      created: 1_700_000_000,
      model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content, refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: promptTokens,
        completion_tokens: completionTokens,
        total_tokens: promptTokens + completionTokens,
      },
      system_fingerprint: 'fp_test',
    },
  };
}

async function answerImage(
  request: RecordedRequest,
  image: NonNullable<OpenaiServerOptions['image']>,
): Promise<Answer> {
  const parsed = imageSchema.safeParse(request.body);
  if (!parsed.success) return openaiError(400, z.prettifyError(parsed.error));
  const { model, prompt, size, seed } = parsed.data;
  const [width = 0, height = 0] = size.split('x').map(Number);
  const drawn = await image({ model, prompt, width, height, seed, body: parsed.data });
  if (isAnswer(drawn)) return drawn;
  return { body: { created: 1_700_000_000, data: [{ b64_json: Buffer.from(drawn).toString('base64') }] } };
}

function answerEmbeddings(
  request: RecordedRequest,
  embed: NonNullable<OpenaiServerOptions['embed']>,
): Answer {
  const parsed = embedSchema.safeParse(request.body);
  if (!parsed.success) return openaiError(400, z.prettifyError(parsed.error));
  const { model, input } = parsed.data;
  const vectors = embed({ model, input, body: parsed.data });
  if (isAnswer(vectors)) return vectors;
  const tokens = input.reduce((sum, text) => sum + text.split(/\s+/).length, 0);
  return {
    body: {
      object: 'list',
      model,
      data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    },
  };
}
