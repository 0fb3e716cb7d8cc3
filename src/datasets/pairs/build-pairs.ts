import { join } from 'node:path';
import { stopReason } from '../../judges/prompt/minors-stop.ts';
import { type FilledTemplate, fillTemplate, type WriterTemplates } from '../../models/prompt-template.ts';
import type { Category } from '../../taxonomy/categories.ts';
import { ART_VERSION } from '../../version.ts';
import { type DatasetFacts, LeftOut, writeDatasetFacts, writeWhole } from '../dataset-facts.ts';
import type { Built } from '../guide/build-guide.ts';
import { type PreferencePair, preferencePairs, type WrittenTurn } from './preference-pairs.ts';

/** The file that TRL's DPO trainer reads. */
export const PAIRS_FILE = 'pairs.jsonl';

/** How preference pairs are built. */
export interface BuildPairsOptions {
  readonly folder: string;
  readonly turns: readonly WrittenTurn[];
  readonly categories: readonly Category[];
  /** What the Writer is asked at work: the pairs ask the same. */
  readonly templates: WriterTemplates;
  /** At most so many pairs for one success. */
  readonly most: number;
  readonly sources: readonly string[];
  readonly simulated: boolean;
  readonly settings: DatasetFacts['settings'];
  readonly now: () => Date;
}

/** What came of it. */
export interface BuiltPairs extends Built {
  /** Pairs whose two prompts answered the very same request. */
  readonly sameRequest: number;
}

/** Builds preference pairs of a campaign's own successes and failures. */
export async function buildPairs(options: BuildPairsOptions): Promise<BuiltPairs> {
  const { folder, turns, most } = options;
  const leftOut = new LeftOut();
  const usable = turns.filter((turn) => {
    if (stopReason(turn.prompt, turn.category) === undefined) return true;
    leftOut.add('stopped: it may involve minors', placeOf(turn));
    return false;
  });
  const pairs = preferencePairs(usable, most);
  const paired = new Set(pairs.map(({ chosen }) => chosen));
  for (const turn of usable)
    if (turn.result === 'found' && !paired.has(turn))
      leftOut.add('a success without a failure to pair it with', placeOf(turn));
  const rows = pairs.map((pair) => `${JSON.stringify(toRow(pair, options))}\n`);
  await writeWhole(join(folder, PAIRS_FILE), rows.join(''));
  const sameRequest = pairs.filter((pair) => pair.sameRequest).length;
  await writeDatasetFacts(folder, {
    schemaVersion: 1,
    kind: 'pairs',
    createdAt: options.now().toISOString(),
    artVersion: ART_VERSION,
    simulated: options.simulated,
    counts: { items: pairs.length, sameRequest, turns: turns.length },
    leftOut: leftOut.list(),
    sources: [...options.sources],
    settings: { ...options.settings, most },
  });
  return { items: pairs.length, sameRequest, leftOut: leftOut.list() };
}

function placeOf({ category, conversation, round }: WrittenTurn): string {
  return `${category}, conversation ${conversation}, round ${round}`;
}

/** A pair as TRL reads conversational preferences. */
function toRow({ chosen, rejected }: PreferencePair, options: BuildPairsOptions): object {
  const { system, user } = askedFor(chosen, options);
  return {
    prompt: [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: user },
    ],
    chosen: [{ role: 'assistant', content: chosen.prompt }],
    rejected: [{ role: 'assistant', content: rejected.prompt }],
  };
}

function askedFor(
  { category: name, request }: WrittenTurn,
  { categories, templates }: BuildPairsOptions,
): FilledTemplate {
  const category = categories.find((known) => known.name === name) ?? { name, keywords: [] };
  const values = { category: name, keywords: category.keywords.join(', ') };
  switch (request.kind) {
    case 'rewrite':
      return fillTemplate(templates.rewrite, {
        ...values,
        prompt: request.prompt,
        instruction: request.instruction,
      });
    case 'initial':
      return fillTemplate(templates.initial, { ...values, prompt: request.prompt });
    case 'propose':
      return fillTemplate(templates.propose, values);
  }
}
