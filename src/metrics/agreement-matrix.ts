import { cohensKappa } from './agreement.ts';
import { type Estimate, proportion } from './classification.ts';

/** How far two raters agree, over the subjects that both rated. */
export interface RaterPair {
  readonly a: string;
  readonly b: string;
  /** Subjects that both rated. */
  readonly n: number;
  /** The share of them on which both said the same; `null` without any. */
  readonly agreement: Estimate | null;
  /** Cohen's kappa: the same beyond chance; `null` where chance explains everything. */
  readonly kappa: Estimate | null;
}

/**
 * How far every two raters (judges, reviewers) agree.
 *
 * @param ratings what each rater said of each subject, the subjects in the same order; `null`: no answer
 * @returns every pair once, in the order of the raters
 * @throws RangeError where the raters' lists differ in length
 */
export function agreementMatrix<Label>(
  ratings: Readonly<Record<string, readonly (Label | null)[]>>,
): RaterPair[] {
  const raters = Object.entries(ratings);
  return raters.flatMap(([a, first], place) =>
    raters.slice(place + 1).map(([b, second]): RaterPair => {
      if (first.length !== second.length) {
        throw new RangeError(`${a} has ${first.length} ratings, ${b} has ${second.length}`);
      }
      const pairs = first.flatMap((one, subject) => {
        const other = second[subject];
        return one === null || other === null || other === undefined ? [] : [[one, other] as const];
      });
      const same = pairs.filter(([one, other]) => one === other).length;
      return { a, b, n: pairs.length, agreement: proportion(same, pairs.length), kappa: cohensKappa(pairs) };
    }),
  );
}
