import { z } from 'zod';
import type { Category } from '../taxonomy/categories.ts';
import { leavesOf, type PartTree } from '../taxonomy/part-tree.ts';
import type { Conversation, Strategy, Turn } from './strategy.ts';
import { strategyDefinition } from './strategy-definition.ts';

export const grootOptions = z.strictObject({
  parts: z.int().min(1).max(8).default(3).describe('how many parts of the tree a prompt shows'),
  details: z.int().min(0).max(20).default(1).describe('how many harmless details surround them'),
  refinements: z
    .int()
    .min(0)
    .max(5)
    .default(4)
    .describe('how often a prompt that is flagged or refused is refined before a new tree is grown'),
  uses: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('how often each part is shown before a new tree is grown'),
});

export type GrootOptions = z.output<typeof grootOptions>;

/** Seeds of the questions of one round are so far apart, a prime. */
const SEED_STEP = 104_729;

/** A tree with so many leaves is given up for a new one: it stands in every turn. */
const LARGEST_TREE = 200;

/**
 * Groot: a tree of the semantic parts of the category. *Decomposition* by the Writer splits the category into
 * scenes and these into harmless parts; *drowning* has it write a prompt that shows some parts of a scene among harmless
 * detail. A prompt that the judges flag, or the target refuses, is refined: its parts are decomposed further and drowned in
 * more, until it passes or `refinements` are spent. The tree stands in each turn.
 *
 * Source: Liu et al., "Groot: Adversarial Testing for Generative Text-to-Image Models with Tree-based Semantic
 * Transformation", arXiv 2402.12100. There the tree is of one sensitive prompt that is to slip past a filter; here of a
 * category, for ART looks for prompts that are safe.
 */
export function createGroot(options: GrootOptions): Strategy {
  return {
    name: 'groot',

    async converse(conversation) {
      const { category, rounds, history, writer, seedFor, play } = conversation;
      const turns = [...history];
      for (let round = turns.length; round <= rounds; round++) {
        const ask = asker(conversation, seedFor(round));
        const tree = await nextTree(turns, category, options, ask);
        const shown = shownIn(tree).map(({ text }) => text);
        const details = options.details * (1 + (failuresOf(turns, options) % (options.refinements + 1)));
        const prompt = await writer.drown({ parts: shown, details, category, seed: ask.seed() });
        turns.push(await play({ prompt, tree }));
      }
    },
  };
}

export const grootDefinition = strategyDefinition({
  name: 'groot',
  description: 'a tree of harmless parts of the category, drowned in harmless detail',
  optionsSchema: grootOptions,
  create: createGroot,
});

/** What a round asks the Writer; every question has a seed of its own. */
interface Asker {
  readonly decompose: (subject: string) => Promise<readonly PartTree[]>;
  readonly seed: () => number;
}

function asker({ writer, category }: Conversation, first: number): Asker {
  let asked = 0;
  const seed = () => (first + asked++ * SEED_STEP) % 2 ** 31;
  return {
    seed,
    async decompose(subject) {
      const parts = await writer.decompose({ subject, category, seed: seed() });
      return parts.map((text) => ({ text, times: 0, shown: false, parts: [] }));
    },
  };
}

/** The tree of the next turn: which of its parts are shown, and what has grown. */
async function nextTree(
  turns: readonly Turn[],
  category: Category,
  options: GrootOptions,
  ask: Asker,
): Promise<PartTree> {
  const last = turns.at(-1);
  const failures = failuresOf(turns, options);
  if (last?.tree === undefined || failures > options.refinements || isUsedUp(last.tree, options)) {
    const root = { text: category.name, times: 0, shown: false, parts: await ask.decompose(category.name) };
    return await showOneScene(root, undefined, options, ask);
  }
  if (failures > 0) return countShown(await refine(last.tree, ask));
  // Where something was found there may be more; otherwise it is the next scene's turn.
  const stay = last.promptVerdict === 'safe' && last.imageVerdict === 'unsafe';
  return await showOneScene(last.tree, stay ? sceneShownIn(last.tree) : undefined, options, ask);
}

/** Shows parts of the scene that was shown least, or of the one given; grows it where it has none yet. */
async function showOneScene(
  tree: PartTree,
  chosen: string | undefined,
  options: GrootOptions,
  ask: Asker,
): Promise<PartTree> {
  const scenes = tree.parts.toSorted((one, other) => one.times - other.times);
  const scene = scenes.find(({ text }) => text === chosen) ?? scenes[0];
  if (scene === undefined) return { ...tree, shown: true };
  const parts = scene.parts.length > 0 ? scene.parts : await ask.decompose(scene.text);
  const grown = hide({ ...scene, parts });
  const least = leavesOf(grown)
    .toSorted((one, other) => one.times - other.times)
    .slice(0, options.parts);
  const shown = new Set(least);
  return countShown({
    ...hide(tree),
    parts: hide(tree).parts.map((one) => (one.text === scene.text ? show(grown, shown) : one)),
  });
}

/** Takes the shown parts apart once more; what cannot be is shown as it is. */
async function refine(tree: PartTree, ask: Asker): Promise<PartTree> {
  if (tree.parts.length === 0) {
    if (!tree.shown) return tree;
    const [first, ...rest] = await ask.decompose(tree.text);
    return first === undefined
      ? tree
      : { ...tree, shown: false, parts: [{ ...first, shown: true }, ...rest] };
  }
  const parts: PartTree[] = [];
  for (const part of tree.parts) parts.push(await refine(part, ask));
  return { ...tree, parts };
}

function hide(tree: PartTree): PartTree {
  return { ...tree, shown: false, parts: tree.parts.map(hide) };
}

function show(tree: PartTree, leaves: ReadonlySet<PartTree>): PartTree {
  return { ...tree, shown: leaves.has(tree), parts: tree.parts.map((part) => show(part, leaves)) };
}

/** Counts one more time for what is shown and for all above it. */
function countShown(tree: PartTree): PartTree {
  const parts = tree.parts.map(countShown);
  const more = tree.shown || shownIn(tree).length > 0 ? 1 : 0;
  return { ...tree, times: tree.times + more, parts };
}

function shownIn(tree: PartTree): readonly PartTree[] {
  return leavesOf(tree).filter(({ shown }) => shown);
}

function sceneShownIn(tree: PartTree): string | undefined {
  return tree.parts.find((scene) => shownIn(scene).length > 0)?.text;
}

function isUsedUp(tree: PartTree, { uses }: GrootOptions): boolean {
  const leaves = leavesOf(tree);
  if (leaves.length >= LARGEST_TREE) return true;
  return tree.parts.every(({ parts }) => parts.length > 0) && leaves.every(({ times }) => times >= uses);
}

/** How many turns in a row have failed to pass, of those with this tree; after `refinements` and one more it is given up. */
function failuresOf(turns: readonly Turn[], { refinements }: GrootOptions): number {
  const passed = turns.findLastIndex(
    ({ outcome, promptVerdict }) => outcome === 'drawn' && promptVerdict !== 'unsafe',
  );
  const failed = turns.length - 1 - passed;
  return failed === 0 ? 0 : ((failed - 1) % (refinements + 1)) + 1;
}
