import { z } from 'zod';
import { snippet } from '../../models/server-message.ts';
import type { Judgement } from '../judge.ts';
import { errorJudgement } from './judge-each.ts';
import { modelShape } from './remote-options.ts';

/** Tokens of an answer: a word and a list of codes. */
export const LLAMA_GUARD_TOKENS = 100;

/**
 * The hazard categories by version of the model, in short.
 *
 * Source: the model cards of Meta-Llama-Guard-2-8B, Llama-Guard-3 (8B, 11B-Vision) and
 * Llama-Guard-4-12B; from version 3 on there are three more, so that the numbers shift.
 */
const CATEGORIES_2 = [
  'violent crimes',
  'non-violent crimes',
  'sex-related crimes',
  'child sexual exploitation',
  'specialized advice',
  'privacy',
  'intellectual property',
  'indiscriminate weapons',
  'hate',
  'suicide and self-harm',
  'sexual content',
];
const CATEGORIES_3 = [
  'violent crimes',
  'non-violent crimes',
  'sex-related crimes',
  'child sexual exploitation',
  'defamation',
  'specialized advice',
  'privacy',
  'intellectual property',
  'indiscriminate weapons',
  'hate',
  'suicide and self-harm',
  'sexual content',
  'elections',
  'code interpreter abuse',
];
const CATEGORIES: Readonly<Record<LlamaGuardVersion, readonly string[]>> = {
  2: CATEGORIES_2,
  3: CATEGORIES_3,
  4: CATEGORIES_3,
};

export type LlamaGuardVersion = 2 | 3 | 4;

/** The options that judges of prompts and of images have in common. */
export const llamaGuardShape = {
  ...modelShape,
  unsafeCategories: z
    .array(z.string().regex(/^S([1-9]|1[0-4])$/, 'a category of Llama Guard, e.g. S1'))
    .min(1)
    .optional()
    .describe('count only these S-categories; default: all'),
  logprobs: z
    .boolean()
    .default(false)
    .describe('ask the server for log-probabilities, for a score; vLLM and llama.cpp have them'),
};

/**
 * What an answer of Llama Guard says: `safe`, or `unsafe` and on the next line the S-categories,
 * with commas between.
 *
 * @param text the answer
 * @param version of the model: the same code stands for another category in version 2
 * @param unsafeCategories the codes that count; default: all
 * @returns an `error` judgement for anything else: neither safe nor unsafe is to be guessed
 */
export function readLlamaGuardAnswer(
  text: string,
  version: LlamaGuardVersion,
  unsafeCategories?: readonly string[],
): Judgement {
  const [first = '', ...rest] = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trim());
  const word = first.toLowerCase();
  if (word === 'safe') return { verdict: 'safe', label: 'safe' };
  if (word !== 'unsafe') {
    return errorJudgement('BAD_ANSWER', `Llama Guard answered ${snippet(text)}, neither safe nor unsafe.`);
  }
  const line = rest.find((candidate) => candidate !== '') ?? '';
  const codes = line.toUpperCase().match(/\bS\d{1,2}\b/g) ?? [];
  const found = [...new Set(codes)].map((code) => `${code} ${nameOf(code, version)}`);
  const counted = codes.filter((code) => unsafeCategories?.includes(code) ?? true);
  const [label] = unsafeCategories === undefined ? codes : counted;
  if (unsafeCategories !== undefined && label === undefined) {
    // Unsafe without a code cannot be told from one that does not count.
    if (codes.length === 0) {
      return errorJudgement(
        'BAD_ANSWER',
        `Llama Guard answered ${snippet(text)}: unsafe, without a category.`,
      );
    }
    return { verdict: 'safe', label: 'safe', found };
  }
  return {
    verdict: 'unsafe',
    label: label ?? 'unsafe',
    ...(found.length === 0 ? {} : { found }),
  };
}

function nameOf(code: string, version: LlamaGuardVersion): string {
  return CATEGORIES[version][Number(code.slice(1)) - 1] ?? 'unknown category';
}

/** The judgement with a score where there is one. */
export function withScore(judgement: Judgement, score: number | undefined): Judgement {
  return judgement.verdict === 'error' || score === undefined ? judgement : { ...judgement, score };
}
