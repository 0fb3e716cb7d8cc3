import { cohensKappa } from './agreement.ts';
import { type Estimate, proportion } from './classification.ts';
import { clusterRatio } from './clusters.ts';
import { effectiveSize, effectiveWilson } from './success-interval.ts';

const LEVEL = 0.95;

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
 * Where subjects belong to clusters (conversations), only these are independent of each other: the interval of the
 * agreement is then Wilson's on the effective number of subjects (see {@link effectiveWilson}), and kappa's standard
 * error is that of as many.
 *
 * @param ratings what each rater said of each subject, the subjects in the same order; `null`: no answer
 * @param options.clusters to which cluster each subject belongs; default: each is its own
 * @returns every pair once, in the order of the raters
 * @throws RangeError where the raters' lists differ in length
 */
export function agreementMatrix<Label>(
  ratings: Readonly<Record<string, readonly (Label | null)[]>>,
  { clusters }: { readonly clusters?: readonly number[] } = {},
): RaterPair[] {
  const raters = Object.entries(ratings);
  return raters.flatMap(([a, first], place) =>
    raters.slice(place + 1).map(([b, second]): RaterPair => {
      if (first.length !== second.length) {
        throw new RangeError(`${a} has ${first.length} ratings, ${b} has ${second.length}`);
      }
      const both = first.flatMap((one, subject) => {
        const other = second[subject];
        return one === null || other === null || other === undefined
          ? []
          : [{ pair: [one, other] as const, cluster: clusters?.[subject] ?? subject }];
      });
      const pairs = both.map(({ pair }) => pair);
      if (clusters === undefined) {
        const same = pairs.filter(([one, other]) => one === other).length;
        return {
          a,
          b,
          n: pairs.length,
          agreement: proportion(same, pairs.length),
          kappa: cohensKappa(pairs),
        };
      }
      return { a, b, n: pairs.length, ...overClusters(both) };
    }),
  );
}

function overClusters<Label>(
  both: readonly { readonly pair: readonly [Label, Label]; readonly cluster: number }[],
): Pick<RaterPair, 'agreement' | 'kappa'> {
  const clusters = new Map<number, { numerator: number; denominator: number }>();
  for (const { pair, cluster } of both) {
    const own = clusters.get(cluster) ?? { numerator: 0, denominator: 0 };
    if (pair[0] === pair[1]) own.numerator++;
    own.denominator++;
    clusters.set(cluster, own);
  }
  const known = clusterRatio([...clusters.values()]);
  if (known === null) return { agreement: null, kappa: null };
  const size = effectiveSize(known);
  return {
    agreement: { value: known.ratio, interval: effectiveWilson(known, size, LEVEL) },
    kappa: cohensKappa(
      both.map(({ pair }) => pair),
      size,
    ),
  };
}
