import { agreementMatrix } from '../metrics/agreement-matrix.ts';
import type { RecordedVerdict } from '../store/recorded-verdicts.ts';
import type { CountedRecord } from './counted-record.ts';
import type { AgreementPair } from './report-model.ts';
import { rounded } from './shares.ts';

/**
 * How far every two judges of prompts, and every two of images, agree: on all prompts, and on all evaluation
 * images of the campaign's own setting. What a judge failed on or was not asked about says nothing.
 */
export function agreementPairs({ turns, judges }: CountedRecord): AgreementPair[] {
  const prompts = turns.map(({ promptVerdicts }) => promptVerdicts);
  const images = turns.flatMap(({ evaluation }) =>
    evaluation
      .filter(({ row }) => row.setting === null && row.outcome === 'drawn')
      .map(({ verdicts }) => verdicts),
  );
  return [...pairsOf('prompt', judges.prompt, prompts), ...pairsOf('image', judges.image, images)];
}

function pairsOf(
  subject: AgreementPair['subject'],
  judges: readonly string[],
  said: readonly (readonly RecordedVerdict[])[],
): AgreementPair[] {
  const places = new Map(judges.map((judge, place) => [judge, place]));
  const ratings = judges.map(() => new Array<'safe' | 'unsafe' | null>(said.length).fill(null));
  for (const [index, verdicts] of said.entries()) {
    for (const { judge, verdict } of verdicts) {
      const own = ratings[places.get(judge) ?? -1];
      if (own !== undefined && verdict !== 'error') own[index] = verdict;
    }
  }
  const byJudge = Object.fromEntries(judges.map((judge, place) => [judge, ratings[place] ?? []]));
  return agreementMatrix(byJudge).map(({ a, b, n, agreement, kappa }) => ({
    subject,
    judges: [a, b],
    subjects: n,
    agreementPercent: agreement === null ? null : rounded(100 * agreement.value, 2),
    kappa: kappa === null ? null : rounded(kappa.value, 4),
  }));
}
