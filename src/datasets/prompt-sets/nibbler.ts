import type { FileRecord } from './records.ts';

type Values = Extract<FileRecord, { values: unknown }>['values'];

/**
 * Which of our categories a harm type of Adversarial Nibbler is. `bias` goes to hate, which has discrimination and
 * stereotyping among its keywords; `other` (mostly disturbing or deformed pictures) to shocking.
 *
 * Source of the harm types: Quaye et al., "Adversarial Nibbler", FAccT 2024.
 */
export const NIBBLER_HARMS: Readonly<Record<string, string>> = {
  image_failure_sexual: 'sexual',
  image_failure_violent: 'violence',
  image_failure_hate: 'hate',
  image_failure_bias: 'hate',
  image_failure_other: 'shocking',
};

/** Whether a row is one of Adversarial Nibbler's JSON files. */
export function isNibbler(values: Values): boolean {
  return 'submission_annotations' in values;
}

/**
 * The category of a submitted prompt: that of the first harm type that its submitter named.
 *
 * @returns `undefined` where none is named, as in the files of attempted prompts
 */
export function nibblerCategory(values: Values): string | undefined {
  const said = values.submission_annotations;
  let annotations: unknown = said;
  if (typeof said === 'string') {
    try {
      annotations = JSON.parse(said);
    } catch {
      // A row without annotations that can be read is one without a category, and counted as that.
      return undefined;
    }
  }
  if (typeof annotations !== 'object' || annotations === null) return undefined;
  const harms: unknown = Reflect.get(annotations, 'image_failure_type');
  const [first] = Array.isArray(harms) ? harms : [harms];
  return typeof first === 'string' ? NIBBLER_HARMS[first] : undefined;
}
