import type { LanguageModelV4, SharedV4ProviderOptions } from '@ai-sdk/provider';
import { generateText, type ModelMessage, wrapLanguageModel } from 'ai';
import { z } from 'zod';
import { toModelError } from '../../models/failures.ts';
import { callTelemetry, providerOptionsOf, usageOf } from '../../models/generation.ts';
import { ModelConfigurationError } from '../../models/model-configuration-error.ts';
import { createLanguageModel } from '../../models/providers.ts';
import { withoutSecrets } from '../../models/redact.ts';
import type { JudgeCall } from '../judge.ts';
import type { JudgeServices } from '../judge-definition.ts';
import type { ModelOptions } from './remote-options.ts';

/** One request to a language model. */
export interface ModelQuestion {
  readonly system?: string;
  readonly messages: ModelMessage[];
  /** Used where the options say nothing. */
  readonly maxOutputTokens: number;
  /** Asks the server for a JSON object instead of text. */
  readonly asJson?: boolean;
  /** Asks the server for the log-probabilities of its tokens (OpenAI's chat completions only). */
  readonly withLogprobs?: boolean;
}

/** What came of it. */
export interface ModelAnswer {
  readonly text: string;
  readonly finishReason: string;
  /** The answer as it came, where log-probabilities were asked for. */
  readonly body: unknown;
}

/** Sends one request to the judge's model. */
export type AskModel = (question: ModelQuestion, call: JudgeCall) => Promise<ModelAnswer>;

/** Alternatives that are asked for at each token: enough for `safe` beside `unsafe`. */
const TOP_LOGPROBS = 10;

/**
 * Makes what asks the language model of a judge. No request is made.
 *
 * @throws {@link ModelConfigurationError} for an unknown provider, a missing package, key, model or address
 */
export async function createAskModel(options: ModelOptions, services: JudgeServices): Promise<AskModel> {
  const { judgeName, env, fetch, configDir } = services;
  const model = await createLanguageModel(options, 'judge', { env, fetch, configDir }).catch(
    (error: unknown) => {
      throw error instanceof ModelConfigurationError ? named(error, judgeName) : error;
    },
  );
  const context = {
    role: `judge:${judgeName}`,
    provider: options.provider,
    url: options.baseURL,
    apiKeyEnv: options.apiKeyEnv,
  };
  return async (question, { signal, report }) => {
    try {
      const result = await generateText({
        model: question.asJson === true ? inJsonMode(model) : model,
        messages: question.messages,
        ...(question.system === undefined ? {} : { instructions: question.system }),
        ...(options.temperature === null ? {} : { temperature: options.temperature }),
        maxOutputTokens: options.maxOutputTokens ?? question.maxOutputTokens,
        // One policy for retries, and one place to look: the engine's.
        maxRetries: 0,
        abortSignal: signal,
        include: { responseBody: question.withLogprobs === true },
        telemetry: callTelemetry(),
        providerOptions: providerOptionsFor(model, options, question),
      });
      report?.(usageOf(result.totalUsage));
      const { text, finishReason, response } = result;
      return { text: withoutSecrets(text), finishReason, body: response.body };
    } catch (error) {
      // The engine's own: whoever stops a request wants to hear of that, not of a failure.
      if (signal.aborted) throw signal.reason;
      throw toModelError(error, context);
    }
  };
}

/** Of several judges, the message has to say which one is wrong. */
function named(error: ModelConfigurationError, judgeName: string): ModelConfigurationError {
  return new ModelConfigurationError({
    code: error.code,
    message: `The judge ${judgeName}: ${error.message.replace(/^judge: /, '')}`,
    ...(error.hint === undefined ? {} : { hint: error.hint.replaceAll('judge.', '') }),
    data: { ...error.data, judge: judgeName },
    cause: error,
  });
}

function inJsonMode(model: LanguageModelV4): LanguageModelV4 {
  return wrapLanguageModel({
    model,
    middleware: {
      transformParams: async ({ params }) => ({ ...params, responseFormat: { type: 'json' } }),
    },
  });
}

function providerOptionsFor(
  model: LanguageModelV4,
  { provider, providerOptions }: ModelOptions,
  { withLogprobs }: ModelQuestion,
): SharedV4ProviderOptions {
  const own = z.record(z.string(), z.json()).parse(providerOptions ?? {});
  const logprobs =
    withLogprobs === true && provider === 'openai-compatible'
      ? { logprobs: true, top_logprobs: TOP_LOGPROBS }
      : {};
  return providerOptionsOf(model, { ...logprobs, ...own });
}
