import type { SharedV4ProviderOptions } from '@ai-sdk/provider';
import { tracesContent } from '../trace-content.ts';
import type { Usage } from './types.ts';

type Options = SharedV4ProviderOptions[string];

/** The options of one call as the AI SDK takes them: providers find theirs under the first part of their name. */
export function providerOptionsOf(
  model: { readonly provider: string },
  options: Options,
): SharedV4ProviderOptions {
  if (Object.keys(options).length === 0) return {};
  return { [model.provider.split('.')[0]?.trim() ?? model.provider]: options };
}

/** What a call used, as far as the provider tells. */
export function usageOf({
  inputTokens,
  outputTokens,
}: {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}): Usage {
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
}

/** What the AI SDK's telemetry gets to see of a call: neither question nor answer, unless somebody asks for them. */
export function callTelemetry(): { readonly recordInputs: boolean; readonly recordOutputs: boolean } {
  return { recordInputs: tracesContent(), recordOutputs: tracesContent() };
}
