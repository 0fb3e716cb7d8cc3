import type { LanguageModelV4, SharedV4ProviderOptions } from '@ai-sdk/provider';
import { generateText, type ModelMessage } from 'ai';
import { z } from 'zod';
import { LARGEST_SEED, type LanguageModelConfig } from '../config/schema.ts';
import { cleanText, isRefusal } from './clean-up.ts';
import { callTelemetry, providerOptionsOf, usageOf } from './generation.ts';
import { ModelError } from './model-error.ts';
import type { FilledTemplate } from './prompt-template.ts';
import { redact, withoutSecrets } from './redact.ts';
import type { Call } from './types.ts';

/** How often a model is asked for one text before that counts as a failure. */
export const ATTEMPTS = 4;
/** A prime, so that the seeds of different rounds and attempts seldom meet. */
const SEED_STEP = 7919;

/** A model with what it takes to ask it. */
export interface Asked {
  readonly model: LanguageModelV4;
  readonly config: LanguageModelConfig;
  readonly call: Call;
}

/** One question, and what counts as an answer. */
export interface Question {
  /** Who is asked, for messages, e.g. `the Writer`. */
  readonly who: string;
  readonly text: FilledTemplate;
  readonly image?: { readonly bytes: Uint8Array; readonly mediaType: string };
  readonly seed: number;
  /** Used where the configuration says nothing. */
  readonly maxOutputTokens: number;
  /** Makes a usable text of an answer; an empty one if there is none in it. */
  clean(answer: string): string;
  /** What is wrong with a cleaned-up text, e.g. `unchanged`; `undefined` when it is fine. */
  objection?(text: string): string | undefined;
}

/**
 * The seed of an attempt: the question's own for the first.
 *
 * @param seed the question's seed
 * @param attempt counts from 0
 */
export function seedOfAttempt(seed: number, attempt: number): number {
  return (seed + attempt * SEED_STEP) % (LARGEST_SEED + 1);
}

/**
 * Asks a model until its cleaned-up answer is usable: neither empty nor a refusal nor objected to.
 * Each attempt is a call of its own, with another seed.
 *
 * @throws {@link ModelError} `NO_USABLE_TEXT` after {@link ATTEMPTS} attempts; whatever `call` throws
 */
export async function askUntilUsable(asked: Asked, question: Question): Promise<string> {
  const problems: string[] = [];
  let last = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { answer, finishReason } = await ask(asked, question, seedOfAttempt(question.seed, attempt));
    const text = question.clean(answer);
    const problem = problemWith(answer, text, finishReason) ?? question.objection?.(text);
    if (problem === undefined) return text;
    problems.push(problem);
    last = answer;
  }
  throw new ModelError({
    code: 'NO_USABLE_TEXT',
    retryable: false,
    message: `${question.who} gave no usable answer in ${ATTEMPTS} attempts (${problems.join(', ')}); the last one: ${excerpt(last)}`,
    hint: problems.includes(CUT_OFF)
      ? 'Raise maxOutputTokens: the model used them up before it came to its answer.'
      : 'Use another model, raise its temperature, or change its prompt template.',
    data: { problems },
  });
}

const CUT_OFF = 'cut off before the answer';

function problemWith(answer: string, text: string, finishReason: string): string | undefined {
  if (finishReason === 'content-filter') return 'refused by a content filter';
  if (text === '') return finishReason === 'length' && answer !== '' ? CUT_OFF : 'empty';
  return isRefusal(cleanText(answer)) || isRefusal(text) ? 'refused' : undefined;
}

async function ask({ model, config, call }: Asked, question: Question, seed: number) {
  const { text, image } = question;
  const messages: ModelMessage[] = [
    {
      role: 'user',
      content: [
        ...(image === undefined
          ? []
          : [{ type: 'file' as const, data: image.bytes, mediaType: image.mediaType }]),
        { type: 'text', text: text.user },
      ],
    },
  ];
  return call(async ({ signal, report }) => {
    const result = await generateText({
      model,
      messages,
      ...(text.system === undefined ? {} : { instructions: text.system }),
      ...samplingOf(config),
      maxOutputTokens: config.maxOutputTokens ?? question.maxOutputTokens,
      seed,
      // One policy for retries, and one place to look: the engine's.
      maxRetries: 0,
      abortSignal: signal,
      telemetry: callTelemetry(),
      providerOptions: providerOptionsFor(model, config),
    });
    report(usageOf(result.totalUsage));
    // A server that echoes its request's headers must not get a key into a prompt, and so into the store.
    return { answer: withoutSecrets(result.text), finishReason: result.finishReason };
  });
}

function samplingOf({ temperature, topK, topP }: LanguageModelConfig) {
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
  };
}

/** Providers find their options under the first part of their own name. */
function providerOptionsFor(
  model: LanguageModelV4,
  { providerOptions }: LanguageModelConfig,
): SharedV4ProviderOptions {
  const options = z.record(z.string(), z.json()).safeParse(providerOptions ?? {});
  return options.success ? providerOptionsOf(model, options.data) : {};
}

/** A hostile answer, short and without anything that a terminal or a log would obey. */
function excerpt(answer: string): string {
  const text = redact(cleanText(answer).replace(/\s+/g, ' '));
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
