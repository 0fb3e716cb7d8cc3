import type { DatasetFacts } from '../../../datasets/dataset-facts.ts';
import { sanitizeForTerminal } from '../../sanitize.ts';

/** What was left out, a line for each reason with its first place. */
export function leftOutLines(leftOut: DatasetFacts['leftOut']): string[] {
  return leftOut.map(
    ({ why, count, first }) =>
      `Left out ${count} ${why}; the first: ${sanitizeForTerminal(first).slice(0, 240)}`,
  );
}
