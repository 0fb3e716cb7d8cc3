import type { DatasetFacts } from '../../../datasets/dataset-facts.ts';
import { UsageError } from '../../../errors.ts';
import type { CommonOptions } from '../../options.ts';
import { sanitizeForTerminal } from '../../sanitize.ts';

/** What a build tells at its end. */
export interface Shown {
  /** For people, e.g. `120 items in md`. */
  readonly text: string;
  /** For programs. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly items: number;
  readonly leftOut: DatasetFacts['leftOut'];
  /** What else people should know. */
  readonly notes?: readonly string[];
  /** What to do where nothing was kept. */
  readonly hint: string;
}

/**
 * Prints what came of a build: the result to stdout, what was left out to stderr.
 *
 * @throws {@link UsageError} where nothing was kept
 */
export function showBuilt(
  { text, facts, items, leftOut, notes = [], hint }: Shown,
  { json, quiet }: Pick<CommonOptions, 'json' | 'quiet'>,
): void {
  process.stdout.write(
    json ? `${JSON.stringify({ ...facts, items, leftOut })}\n` : `${sanitizeForTerminal(text)}\n`,
  );
  if (!quiet && !json) {
    const lines = leftOut.map(({ why, count, first }) =>
      `Left out ${count} ${why}; the first: ${first}`.slice(0, 300),
    );
    for (const line of [...lines, ...notes]) process.stderr.write(`${sanitizeForTerminal(line)}\n`);
  }
  if (items > 0) return;
  const [most] = leftOut;
  throw new UsageError({
    code: 'NOTHING_KEPT',
    message: `Nothing of what was read can be used${most === undefined ? '' : `: ${most.count} ${most.why}`}.`,
    hint,
    data: { leftOut },
  });
}
