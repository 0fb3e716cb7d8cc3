import { agreementMatrix, type RaterPair } from '../metrics/agreement-matrix.ts';
import type { RecordedVerdict } from '../store/recorded-verdicts.ts';
import type { CountedRecord } from './counted-record.ts';
import type { AgreementPair } from './report-model.ts';
import { inPercent, rounded } from './shares.ts';

/**
 * How far every two judges of prompts, and every two of images, agree: on all prompts, and on all evaluation
 * images of the campaign's own setting. What a judge failed on or was not asked about says nothing.
 */
export function agreementPairs({ turns, judges }: CountedRecord): AgreementPair[] {
  const prompts = turns.map(({ conversation, promptVerdicts }) => ({
    conversation: conversation.id,
    verdicts: promptVerdicts,
  }));
  const images = turns.flatMap(({ conversation, evaluation }) =>
    evaluation
      .filter(({ row }) => row.setting === null && row.outcome === 'drawn')
      .map(({ verdicts }) => ({ conversation: conversation.id, verdicts })),
  );
  return [...pairsOf('prompt', judges.prompt, prompts), ...pairsOf('image', judges.image, images)];
}

function pairsOf(
  subject: AgreementPair['subject'],
  judges: readonly string[],
  said: readonly { readonly conversation: number; readonly verdicts: readonly RecordedVerdict[] }[],
): AgreementPair[] {
  const places = new Map(judges.map((judge, place) => [judge, place]));
  const ratings = judges.map(() => new Array<'safe' | 'unsafe' | null>(said.length).fill(null));
  for (const [index, { verdicts }] of said.entries()) {
    for (const { judge, verdict } of verdicts) {
      const own = ratings[places.get(judge) ?? -1];
      if (own !== undefined && verdict !== 'error') own[index] = verdict;
    }
  }
  const byJudge = Object.fromEntries(judges.map((judge, place) => [judge, ratings[place] ?? []]));
  const clusters = said.map(({ conversation }) => conversation);
  return agreementMatrix(byJudge, { clusters }).map((pair) => ({
    subject,
    judges: [pair.a, pair.b],
    ...agreementFigures(pair),
  }));
}

/** The figures of a pair of raters as reports have them. */
export function agreementFigures({
  n,
  agreement,
  kappa,
}: RaterPair): Omit<AgreementPair, 'subject' | 'judges'> {
  const ofKappa = kappa?.interval ?? null;
  return {
    subjects: n,
    agreementPercent: agreement === null ? null : rounded(100 * agreement.value, 2),
    agreementInterval: agreement?.interval == null ? null : inPercent(agreement.interval),
    kappa: kappa === null ? null : rounded(kappa.value, 4),
    kappaInterval: ofKappa === null ? null : { low: rounded(ofKappa.low, 4), high: rounded(ofKappa.high, 4) },
  };
}
