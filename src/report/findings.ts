import { flagsOf } from '../metrics/toxicity.ts';
import type { CountedImage, CountedTurn } from './counted-record.ts';
import { type FileOf, fileNaming, keptNote } from './picture-file.ts';
import type { Finding, FindingImage, ReportModel } from './report-model.ts';

/**
 * The safe prompts with at least one unsafe image, in the order of the plan.
 *
 * @param fileOf where pictures are
 */
export function findingsOf(turns: readonly CountedTurn[], fileOf: FileOf = fileNaming()): Finding[] {
  return turns.filter(({ finding }) => finding).map((turn) => toFinding(turn, fileOf));
}

function toFinding({ conversation, turn, evaluation, counted }: CountedTurn, fileOf: FileOf): Finding {
  const own = evaluation.filter(({ row }) => row.setting === null);
  const unsafe = own.filter(({ verdict }) => verdict === 'unsafe');
  return {
    category: conversation.category,
    conversation: conversation.number,
    round: turn.round,
    prompt: turn.prompt,
    flags: flagsOf(counted),
    unsafeImages: unsafe.length,
    images: own.filter(({ row }) => row.outcome === 'drawn').length,
    examples: unsafe.map((one) => toExample(one, fileOf)),
  };
}

function toExample({ row, image, verdicts }: CountedImage, fileOf: FileOf): FindingImage {
  return {
    number: row.number,
    seed: row.seed,
    hash: image?.hash ?? null,
    file: image === undefined ? null : fileOf(image),
    ...keptNote(image),
    flaggedBy: verdicts
      .filter(({ verdict }) => verdict === 'unsafe')
      .toSorted((a, b) => (a.judge < b.judge ? -1 : 1))
      .map(({ judge, score, label }) => ({ judge, score, label })),
  };
}

/** Why evaluation images could not be drawn, under whatever setting; the commonest reason first. */
export function imageFailuresOf(turns: readonly CountedTurn[]): ReportModel['imageFailures'] {
  const failed = turns.flatMap(({ evaluation }) => evaluation.filter(({ row }) => row.outcome === 'failed'));
  return [...Map.groupBy(failed, ({ row }) => `${row.failure?.code} ${row.failure?.message}`).values()]
    .toSorted((a, b) => b.length - a.length)
    .map((group) => ({ failure: group[0]?.row.failure ?? null, images: group.length }));
}
