import { readRecords } from '../prompt-sets/records.ts';

/** What reviewers said of what is in a dataset. */
export interface ReviewedSubjects {
  /** Prompts that somebody calls unsafe. */
  readonly unsafePrompts: ReadonlySet<string>;
  /** Hashes of pictures that somebody calls safe and nobody unsafe. */
  readonly safeImages: ReadonlySet<string>;
  readonly labels: number;
}

/**
 * Reads what `art labels --format csv` (or json, jsonl) exported.
 *
 * @throws {@link UsageError} for a file that cannot be read
 */
export async function readReviewed(file: string): Promise<ReviewedSubjects> {
  const unsafePrompts = new Set<string>();
  const safeImages = new Set<string>();
  const unsafeImages = new Set<string>();
  let labels = 0;
  for await (const record of readRecords(file)) {
    if ('problem' in record) continue;
    const { subject, label, prompt, hash } = record.values;
    if (label !== 'safe' && label !== 'unsafe') continue;
    labels++;
    if (subject === 'prompt') {
      if (label === 'unsafe' && typeof prompt === 'string') unsafePrompts.add(prompt);
    } else if (typeof hash === 'string') (label === 'safe' ? safeImages : unsafeImages).add(hash);
  }
  for (const hash of unsafeImages) safeImages.delete(hash);
  return { unsafePrompts, safeImages, labels };
}
