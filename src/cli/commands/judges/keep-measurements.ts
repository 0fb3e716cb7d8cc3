import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { judgeEntryHash } from '../../../config/judge-identity.ts';
import { ArtError } from '../../../errors.ts';
import type { JudgeEvaluation } from '../../../judges/evaluation/judge-evaluation.ts';
import type { ConfusionMatrix } from '../../../metrics/classification.ts';
import { type NewMeasurement, putMeasurements } from '../../../store/judge-measurements.ts';
import { type CommonOptions, openStoreOf } from '../../options.ts';
import { sanitizeForTerminal } from '../../sanitize.ts';

/** A judge that was measured. */
export interface JudgeRevision {
  readonly judge: string;
  /** `null` of judges that may answer differently another time; `mixed` where verdicts came of several. */
  readonly revision: string | null | 'mixed';
  /** Its entry, of judges without a revision; `undefined` where it is not known. */
  readonly entry?: unknown;
}

/** What is kept, and where. */
export interface KeepOptions {
  readonly judges: readonly JudgeRevision[];
  /** The labelled data, as reports show them. */
  readonly name: string;
  readonly options: CommonOptions;
}

/**
 * Keeps how judges did for the reports of campaigns that use them, where there is a store; makes none. Says so
 * on stderr, and what is not kept and why. A store that cannot be opened is told of and ends nothing: the
 * figures have been shown.
 */
export async function keepMeasurements(
  evaluation: JudgeEvaluation,
  { judges, name, options }: KeepOptions,
): Promise<void> {
  if (options.database === undefined && !existsSync(join(options.dataDir, 'database'))) return;
  const { rows, left } = measurementsOf(evaluation, judges, name, new Date());
  if (rows.length > 0) {
    const problem = await store(rows, options);
    if (problem === undefined) tellKept(rows, options);
    else left.push({ judges: rows.map(({ judge }) => judge), reason: problem });
  }
  for (const { judges: names, reason } of left) tellLeft(names, reason, options);
}

/** What is not kept, and why. */
interface NotKept {
  readonly judges: readonly string[];
  readonly reason: string;
}

/** The rows to be kept, one a judge; the combined verdict is none. */
function measurementsOf(
  { judges: figures, data, selection }: JudgeEvaluation,
  judges: readonly JudgeRevision[],
  name: string,
  now: Date,
): { rows: NewMeasurement[]; left: NotKept[] } {
  const rows: NewMeasurement[] = [];
  const left: NotKept[] = [];
  for (const { judge, revision, entry } of judges) {
    const own = figures.find((row) => row.judge === judge && !row.combined)?.matrix;
    const selected = selection?.judges.find((one) => one.judge === judge);
    const matrix = selected === undefined ? own : selected.weighted?.effective;
    const missing = selected?.missing ?? [];
    const reason =
      revision === 'mixed'
        ? 'its stored verdicts come of more than one revision'
        : missing.length > 0
          ? `none was labelled of: ${missing.join(', ')}`
          : matrix === undefined || !hasBoth(matrix)
            ? `it takes unsafe and safe ${data.kind}s that it gave a verdict on`
            : undefined;
    if (reason !== undefined || matrix === undefined || revision === 'mixed') {
      left.push({ judges: [judge], reason: reason ?? 'nothing is known of it' });
    } else {
      const entryHash = revision === null && entry !== undefined ? judgeEntryHash(entry) : null;
      rows.push({ judge, subject: data.kind, revision, entryHash, data: name, ...matrix, measuredAt: now });
    }
  }
  return { rows, left };
}

function hasBoth(matrix: ConfusionMatrix): boolean {
  const { truePositives, falseNegatives, trueNegatives, falsePositives } = matrix;
  return truePositives + falseNegatives > 0 && trueNegatives + falsePositives > 0;
}

/** @returns why they could not be stored */
async function store(rows: readonly NewMeasurement[], options: CommonOptions): Promise<string | undefined> {
  try {
    const opened = await openStoreOf(options, 'judges eval');
    try {
      await putMeasurements(opened.database, rows);
      return undefined;
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (error instanceof ArtError) return `${error.message} ${error.hint ?? ''}`.trim();
    throw error;
  }
}

function tellKept(rows: readonly NewMeasurement[], { json, quiet }: CommonOptions): void {
  const judges = rows.map(({ judge }) => judge);
  if (json) process.stderr.write(`${JSON.stringify({ event: 'kept', judges })}\n`);
  else if (!quiet) say(`Kept for the reports of campaigns with these judges: ${judges.join(', ')}`);
}

function tellLeft(judges: readonly string[], reason: string, { json, quiet }: CommonOptions): void {
  if (json) process.stderr.write(`${JSON.stringify({ event: 'not kept', judges, reason })}\n`);
  else if (!quiet) say(`Not kept for reports: ${judges.join(', ')}: ${reason}`);
}

function say(text: string): void {
  process.stderr.write(`${sanitizeForTerminal(text, 2_000)}\n`);
}
