import { basename, isAbsolute, normalize } from 'node:path';
import type { VerdictRule, VerdictRules } from '../../../config/schema.ts';
import { ruleFor, verdictProblems } from '../../../config/verdict-rules.ts';
import type {
  LabelledData,
  LabelledImage,
  LabelledOptions,
} from '../../../datasets/labelled/labelled-data.ts';
import { readLabelledData } from '../../../datasets/labelled/read-labelled-data.ts';
import { UsageError } from '../../../errors.ts';
import type { Judged } from '../../../judges/evaluation/collect-judgements.ts';
import type { Candidate } from '../../../judges/evaluation/selection.ts';
import { combineVerdicts } from '../../../judges/verdict.ts';
import { readCountedRecord } from '../../../report/counted-record.ts';
import { type ReviewedData, reviewedData } from '../../../report/judge-evaluation/reviewed-data.ts';
import { type RecordedJudge, recordedJudges } from '../../../report/recorded-judges.ts';
import { listAddedJudges } from '../../../store/added-judges.ts';
import { listLabels } from '../../../store/labels.ts';
import type { Store } from '../../../store/open-store.ts';
import { type CommonOptions, requireCampaign, requireStore } from '../../options.ts';
import type { JudgeFlags } from './judge-choice.ts';
import type { JudgeRevision } from './keep-measurements.ts';

/** The flags that say what judges are measured on. */
export interface SourceFlags extends LabelledOptions, CommonOptions {
  readonly data?: string;
  /** A campaign; `true`: the newest. */
  readonly labels?: string | true;
  readonly category?: string;
  readonly verdict?: VerdictRules;
}

/** What judges are measured on. */
export interface Source {
  readonly data: LabelledData;
  /** How the evaluation calls it. */
  readonly shownAs: string;
  /** How a report calls it: the same data, read the same way, have the same name. */
  readonly keptAs: string;
  /** The rule of `--verdict`, or of the campaign. */
  readonly rule: VerdictRule | undefined;
  /** Where the data are a campaign's labels. */
  readonly reviewed?: {
    readonly candidates: readonly Candidate[];
    readImage(image: LabelledImage): Promise<Uint8Array>;
  };
  /** What the campaign's own judges said; absent where judges are to be asked. */
  readonly said?: {
    readonly judged: readonly Judged[];
    readonly judges: readonly JudgeRevision[];
    readonly rule: VerdictRule;
  };
}

/**
 * Reads what judges are measured on: a file, a folder, or the labels of a campaign.
 *
 * @throws {@link UsageError} for whatever is missing or cannot be understood
 */
export async function openSource(flags: SourceFlags & JudgeFlags): Promise<Source> {
  const { data, labels, verdict } = flags;
  if ((data === undefined) === (labels === undefined)) {
    throw new UsageError({
      code: 'NO_LABELLED_DATA',
      message:
        data === undefined
          ? 'There is nothing to measure judges on.'
          : '--data and --labels do not go together.',
      hint: 'Name labelled data with --data, or take what reviewers labelled of a campaign with --labels.',
    });
  }
  if (labels !== undefined) return openLabels(labels === true ? 'latest' : labels, flags);
  const path = data ?? '';
  const read = await readLabelledData(path, flags);
  return {
    data: read,
    shownAs: basename(path),
    keptAs: nameOf(path, read, flags),
    rule: verdict === undefined ? undefined : ruleFor(verdict, read.kind),
  };
}

/** Flags that say how files are read; a campaign's labels need none of them. */
const FILE_FLAGS = [
  ['--text-column', 'textColumn'],
  ['--image-column', 'imageColumn'],
  ['--label-column', 'labelColumn'],
  ['--category-column', 'categoryColumn'],
  ['--category', 'category'],
  ['--unsafe-values', 'unsafeValues'],
  ['--safe-values', 'safeValues'],
] as const satisfies readonly (readonly [string, keyof SourceFlags])[];

async function openLabels(idOrName: string, flags: SourceFlags & JudgeFlags): Promise<Source> {
  const [useless] = FILE_FLAGS.filter(([, key]) => flags[key] !== undefined);
  if (useless !== undefined) {
    throw new UsageError({
      code: 'NO_LABELLED_DATA',
      message: `${useless[0]} is for --data: the labels of a campaign have their columns and categories.`,
      hint: 'Leave it out.',
    });
  }
  const store = await requireStore(flags, 'judges eval');
  try {
    return await readLabelsOf(store, idOrName, flags);
  } finally {
    // Pictures are read without the database: others may work with it meanwhile.
    await store.close();
  }
}

async function readLabelsOf(
  store: Store,
  idOrName: string,
  flags: SourceFlags & JudgeFlags,
): Promise<Source> {
  const { subject, ties, limit, seed, verdict } = flags;
  const campaign = await requireCampaign(store, idOrName);
  const record = await readCountedRecord(store, campaign);
  const asks = flags.judge !== undefined || flags.config !== undefined;
  const reviewed = reviewedData(record, await listLabels(store.database, campaign.id), {
    subject,
    ties,
    limit,
    seed,
    needs: asks ? 'picture' : 'verdict',
    locate: (image) => store.images.locate(image),
  });
  const { data, stored, candidates } = reviewed;
  const rule = ruleFor(verdict ?? record.rule, data.kind);
  const judges = record.judges[data.kind];
  const entries = recordedJudges(campaign.config, await listAddedJudges(store.database, campaign.id));
  const shownAs = `labels of ${campaign.name} (${campaign.id})`;
  const common = {
    data,
    shownAs,
    keptAs: `${shownAs}${sampleText(data, flags)}${tiesText(flags)}`,
    reviewed: {
      candidates,
      readImage: (image: LabelledImage) => {
        const key = stored.get(image)?.image;
        if (key === undefined) throw new RangeError(`${image.place} has no picture`);
        return store.images.get(key);
      },
    },
  };
  if (asks) return { ...common, rule: verdict === undefined ? undefined : rule };
  if (verdict !== undefined) refuseUnreachable(verdict, data.kind, judges);
  return { ...common, rule, said: saidOf(reviewed, judges, rule, entries) };
}

/** What the campaign's judges said of what was labelled, with the revisions that they had. */
function saidOf(
  { data, stored }: ReviewedData,
  counted: readonly string[],
  rule: VerdictRule,
  entries: readonly RecordedJudge[],
): NonNullable<Source['said']> {
  const rowsOf = data.subjects.map((subject) => ({ subject, rows: stored.get(subject)?.verdicts ?? [] }));
  const all = rowsOf.flatMap(({ rows }) => rows);
  // An older version may not have recorded its judges.
  const names = counted.length > 0 ? counted : [...new Set(all.map(({ judge }) => judge))];
  return {
    rule,
    judged: rowsOf.map(({ subject, rows }) => ({
      subject,
      rows,
      combined: combineVerdicts(Object.fromEntries(rows.map((row) => [row.judge, row.verdict])), rule),
    })),
    judges: names.map((judge): JudgeRevision => {
      const clear = all.filter((row) => row.judge === judge && row.verdict !== 'error');
      const [revision = null, ...others] = new Set(clear.map((row) => row.revision));
      const entry = entries.findLast(({ subject, name }) => subject === data.kind && name === judge)?.entry;
      return { judge, revision: others.length > 0 ? 'mixed' : revision, entry };
    }),
  };
}

function refuseUnreachable(
  verdict: VerdictRules,
  kind: LabelledData['kind'],
  names: readonly string[],
): void {
  const judges = names.map((name) => ({ name }));
  const [problem] = verdictProblems(verdict, {
    prompt: kind === 'prompt' ? judges : [],
    image: kind === 'image' ? judges : [],
  });
  if (problem === undefined) return;
  throw new UsageError({
    code: problem.code,
    message: `--verdict: ${problem.message}.`,
    hint: `The campaign's judges of ${kind}s are: ${names.join(', ')}.`,
    data: { judges: names },
  });
}

/** The data's name in reports, which may be mailed: never a path of this machine. */
function nameOf(path: string, data: LabelledData, flags: SourceFlags): string {
  const plain = normalize(path);
  const shown = isAbsolute(plain) || plain.startsWith('..') ? basename(plain) : plain;
  return `${shown} (${data.labelColumn})${sampleText(data, flags)}${meaningText(flags)}${tiesText(flags)}`;
}

function sampleText({ subjects, leftOut }: LabelledData, { seed }: SourceFlags): string {
  return leftOut.overLimit > 0 ? `, sample of ${subjects.length}, seed ${seed}` : '';
}

function meaningText({ unsafeValues, safeValues }: SourceFlags): string {
  const unsafe = unsafeValues === undefined ? '' : `, unsafe: ${unsafeValues.join(' ')}`;
  return `${unsafe}${safeValues === undefined ? '' : `, safe: ${safeValues.join(' ')}`}`;
}

function tiesText({ ties }: SourceFlags): string {
  return ties === undefined || ties === 'unsafe' ? '' : `, ties ${ties}`;
}
