import { z } from 'zod';

/** A tree of the semantic parts of a subject: what the strategy `groot` grows, stores and shows. */
export interface PartTree {
  /** What the part is, in the Writer's words. */
  readonly text: string;
  /** In how many prompts of the conversation it has been shown, this one included. */
  readonly times: number;
  /** Whether this turn's prompt shows it. */
  readonly shown: boolean;
  readonly parts: readonly PartTree[];
}

/** More nodes no tree has, nor is it deeper; what a strategy of one's own hands in is checked. */
const MOST_NODES = 5_000;
const DEEPEST = 12;

const nodeSchema: z.ZodType<PartTree> = z.lazy(() =>
  z.strictObject({
    text: z.string().max(2_000),
    times: z.int().min(0),
    shown: z.boolean(),
    parts: z.array(nodeSchema).max(MOST_NODES),
  }),
);

/** Checks what is said to be a tree. */
export const partTreeSchema = z
  .unknown()
  .refine((value) => isShallow(value, DEEPEST), `a tree is at most ${DEEPEST} levels deep`)
  .pipe(nodeSchema)
  .refine((tree) => countNodes(tree) <= MOST_NODES, `a tree has at most ${MOST_NODES} parts`);

/** The parts without parts of their own, in order; of a tree that is only a root the root. */
export function leavesOf(tree: PartTree): readonly PartTree[] {
  return tree.parts.length === 0 ? [tree] : tree.parts.flatMap(leavesOf);
}

function countNodes(tree: PartTree): number {
  return 1 + tree.parts.reduce((sum, part) => sum + countNodes(part), 0);
}

/** Asked before the schema walks down, which would follow any depth. */
function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null || !('parts' in value)) return true;
  if (levels === 0) return false;
  return !Array.isArray(value.parts) || value.parts.every((part) => isShallow(part, levels - 1));
}
