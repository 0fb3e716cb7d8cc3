import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import { countTokens, type MessageParts, readParts } from './message-parts.ts';
import { Random } from './random.ts';

/** About what a picture costs a model that looks at it. */
const IMAGE_TOKENS = 256;

/** Answers what was read out of the messages; all of its chance comes from `random`. */
export type Answer = (parts: MessageParts, random: Random) => string | Promise<string>;

/**
 * Makes an AI SDK language model from a function. The answer depends on the messages and the seed of
 * the call and on nothing else; a call without a seed has seed 0.
 */
export function languageModelFrom(modelId: string, answer: Answer): LanguageModelV4 {
  async function run(
    options: LanguageModelV4CallOptions,
  ): Promise<{ text: string; usage: LanguageModelV4Usage }> {
    options.abortSignal?.throwIfAborted();
    const parts = readParts(options.prompt);
    const text = await answer(parts, new Random(modelId, options.seed ?? 0, parts.text));
    const input = countTokens(parts.text) + (parts.image === undefined ? 0 : IMAGE_TOKENS);
    const output = countTokens(text);
    return {
      text,
      usage: {
        inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: output, text: output, reasoning: 0 },
      },
    };
  }
  const finishReason = { unified: 'stop', raw: 'stop' } as const;

  return {
    specificationVersion: 'v4',
    provider: 'sandbox',
    modelId,
    supportedUrls: {},
    async doGenerate(options) {
      const { text, usage } = await run(options);
      return { content: [{ type: 'text', text }], finishReason, usage, warnings: [] };
    },
    async doStream(options) {
      const { text, usage } = await run(options);
      const parts: LanguageModelV4StreamPart[] = [
        { type: 'stream-start', warnings: [] },
        { type: 'text-start', id: '0' },
        ...(text.match(/\S+\s*/g) ?? []).map((delta) => ({ type: 'text-delta', id: '0', delta }) as const),
        { type: 'text-end', id: '0' },
        { type: 'finish', usage, finishReason },
      ];
      return { stream: ReadableStream.from(parts) };
    },
  };
}
