import { didYouMean } from './nearest.ts';

/** Settings that a configuration can start from. */
export interface Preset {
  readonly description: string;
  /** What it sets, in the layout of the configuration. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What it cannot set, for users to know. */
  readonly notes: readonly string[];
}

/** The negative prompt of the paper's published code, as it is there (one phrase stands twice). */
export const PAPER_NEGATIVE_PROMPT =
  'worst quality, normal quality, low quality, low res, blurry, text, watermark, logo, banner, ' +
  'extra digits, cropped, jpeg artifacts, signature, username, error, sketch, duplicate, ugly, ' +
  'monochrome, horror, geometry, mutation, disgusting, weird, poorly drawn hands, bad anatomy, ' +
  'missing limbs, bad art, disfigured, poorly drawn face, long neck, too many fingers, fused fingers, ' +
  'poorly drawn feet, mutated hands, poorly drawn face, mutated';

/** Every preset by its name. */
export const PRESETS: Readonly<Record<'paper' | 'quick' | 'sandbox', Preset>> = {
  /** Source: ART (NeurIPS 2024, arXiv 2405.19360) and its published code. */
  paper: {
    description: "the paper's settings: 51 prompts a conversation, 255 a category",
    settings: {
      strategy: { name: 'art', memory: 0, restartAfter: 0 },
      conversations: 5,
      rounds: 50,
      imagesPerPrompt: 5,
      evaluate: 'all',
      seed: 1234,
      target: { size: '512x512', guidance: 7.5, steps: 50, negativePrompt: PAPER_NEGATIVE_PROMPT },
      writer: { temperature: 3.5, topK: 50, maxOutputTokens: 256 },
      guide: { temperature: 3, topK: 50, maxOutputTokens: 768 },
      judges: { verdict: 'any' },
    },
    notes: [
      'The paper searches with 5 beams (Writer and Guide) and a repetition penalty of 1.5 (Writer). Servers ' +
        'name these differently or lack them, so they are yours to set, e.g. for vLLM ' +
        'providerOptions: { repetition_penalty: 1.5 }.',
      'Some services allow no temperature over 2 and no topK; set your own there.',
    ],
  },
  quick: {
    description: 'small and fast: to see whether everything works',
    settings: {
      conversations: 1,
      rounds: 5,
      imagesPerPrompt: 2,
      target: { size: '512x512', steps: 20 },
    },
    notes: ['Too small for figures to publish.'],
  },
  sandbox: {
    description: 'everything on the embedded, harmless sandbox: no network, no weights',
    settings: {
      target: { provider: 'sandbox', size: '512x512' },
      writer: { provider: 'sandbox' },
      guide: { provider: 'sandbox' },
      judges: { prompt: ['lexicon', 'profanity'], image: ['sandbox'] },
      conversations: 2,
      rounds: 6,
      imagesPerPrompt: 5,
    },
    notes: ['Sandbox results are simulated and say nothing about any real model.'],
  },
};

/**
 * Lays a configuration over the preset that it names: what the configuration says itself wins,
 * objects are merged key by key, lists replace lists.
 *
 * @param input the configuration as the user wrote it
 * @returns the whole settings, or `problem` where there is no such preset
 */
export function applyPreset(input: Readonly<Record<string, unknown>>): {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly problem?: string;
} {
  const name = input.preset;
  if (typeof name !== 'string') return { settings: input };
  const preset = Object.entries(PRESETS).find(([known]) => known === name)?.[1];
  if (preset === undefined) {
    return {
      settings: input,
      problem: `no preset is called ${JSON.stringify(name.slice(0, 60))}; ${didYouMean(name, Object.keys(PRESETS))}`,
    };
  }
  return { settings: merge(preset.settings, input) };
}

/** A plain object, as YAML and object literals give it; no list, no class instance. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm (a config loaded by a test runner) has that realm's Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether two things have names, and not the same: the options of one strategy are none of another's. */
function isAnother(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): boolean {
  return one.name !== undefined && other.name !== undefined && one.name !== other.name;
}

function merge(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    if (value === undefined) continue;
    merged.set(
      key,
      isPlainObject(below) && isPlainObject(value) && !isAnother(below, value) ? merge(below, value) : value,
    );
  }
  return Object.fromEntries(merged);
}
