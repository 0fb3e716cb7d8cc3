import type { JSONValue, SharedV4ProviderOptions } from '@ai-sdk/provider';
import { z } from 'zod';
import {
  AI_SDK_PROVIDERS,
  type DrawOptionNames,
  type DrawSettings,
  isOwnProvider,
  type OwnProvider,
  providerOptionsKey,
} from './provider-list.ts';

const sameNames = {
  guidance: 'guidance',
  steps: 'steps',
  negativePrompt: 'negativePrompt',
  sampler: 'sampler',
};

const OWN_NAMES: Readonly<Record<OwnProvider, DrawOptionNames>> = {
  sandbox: sameNames,
  automatic1111: sameNames,
  comfyui: sameNames,
  'openai-compatible': {
    guidance: 'guidance_scale',
    steps: 'num_inference_steps',
    negativePrompt: 'negative_prompt',
  },
};

/** What goes to the provider, and which settings it has no place for. */
export interface DrawOptions {
  readonly providerOptions: SharedV4ProviderOptions;
  /** The seed for the AI SDK's own field; `undefined` where the provider would not send it. */
  readonly seed: number | undefined;
  readonly notTaken: readonly string[];
}

/**
 * Puts the settings of a drawing into the words of a provider.
 *
 * The images API of OpenAI has no seed, and strict servers refuse what they do not know. So `openai-compatible` sends
 * the drawing's seed only where the user says that the server takes one: `providerOptions: { seed: true }`.
 *
 * @param provider its name in the configuration
 * @param settings only those that the user set
 * @param own the user's `providerOptions`; they win
 * @param seed of the drawing
 */
export function drawOptions(
  provider: string,
  settings: DrawSettings,
  own: Readonly<Record<string, unknown>>,
  seed: number,
): DrawOptions {
  const names = isOwnProvider(provider)
    ? OWN_NAMES[provider]
    : (AI_SDK_PROVIDERS.find(({ name }) => name === provider)?.draw ?? {});
  const options: Record<string, JSONValue> = {};
  const notTaken: string[] = [];

  for (const setting of ['guidance', 'steps', 'negativePrompt', 'sampler'] as const) {
    const value = settings[setting];
    if (value === undefined) continue;
    const name = names[setting];
    if (name === undefined) notTaken.push(setting);
    else options[name] = value;
  }
  Object.assign(options, z.record(z.string(), z.json()).parse(own));

  let seedField: number | undefined = seed;
  if (provider === 'openai-compatible') {
    seedField = undefined;
    if (options.seed === true) options.seed = seed;
    else if (options.seed === undefined || options.seed === false) {
      delete options.seed;
      notTaken.push('seed');
    }
  }
  return { providerOptions: { [providerOptionsKey(provider)]: options }, seed: seedField, notTaken };
}
