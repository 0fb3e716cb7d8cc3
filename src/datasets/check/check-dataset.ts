import { createHash } from 'node:crypto';
import { messageOf } from '../../errors.ts';
import type { Verdict } from '../../judges/judge.ts';
import { quantile } from '../../metrics/intervals.ts';
import { checkImage } from '../../models/check-image.ts';
import { isRefusal } from '../../models/clean-up.ts';
import { NearDuplicateTexts } from '../meta/min-hash.ts';
import { readPictureFile } from '../read-picture-file.ts';
import { type CheckedRow, type DatasetRow, type Layout, readDatasetRows } from './dataset-rows.ts';
import type { ReviewedSubjects } from './reviewed.ts';

/** What is wrong with a dataset, or may be. */
export interface Problem {
  /** Errors keep a trainer from loading the data or make its figures wrong; warnings are worth a look. */
  readonly level: 'error' | 'warning';
  readonly what: string;
  readonly count: number;
  /** Where the first ones are. */
  readonly places: readonly string[];
}

/** A distribution of lengths in words. */
export interface Lengths {
  readonly what: 'inputs' | 'outputs';
  readonly minimum: number;
  readonly median: number;
  readonly percentile95: number;
  readonly maximum: number;
  /** How many are within each tenth of the range up to the maximum. */
  readonly histogram: readonly number[];
}

/** What came of a check. */
export interface DatasetCheck {
  readonly files: readonly {
    readonly file: string;
    readonly rows: number;
    readonly layouts: readonly Layout[];
  }[];
  readonly rows: number;
  readonly images: number;
  readonly categories: readonly { readonly category: string; readonly rows: number }[];
  readonly lengths: readonly Lengths[];
  readonly problems: readonly Problem[];
}

/** A prompt for the judges. */
export interface JudgedPrompt {
  readonly prompt: string;
  /** Its first category; empty where the row names none. */
  readonly category: string;
}

/** How a dataset is checked. */
export interface CheckOptions {
  /** Whether pictures are opened; otherwise they are not looked for. */
  readonly images: boolean;
  /** Judges prompts; absent: nobody does. */
  readonly judge?: ((prompts: readonly JudgedPrompt[]) => Promise<readonly Verdict[]>) | undefined;
  /** What reviewers said; absent: nothing. */
  readonly reviewed?: ReviewedSubjects | undefined;
  onProgress?(rows: number): void;
}

/** The Jaccard similarity of word triples from which on two texts are nearly the same. */
const NEAR = 0.8;
/** The rarest category has less than this share of the most frequent one's rows: worth a look. */
const RARE = 0.2;
/** So many places of a problem are named. */
const PLACES = 5;
const BATCH = 64;
const BINS = 10;

/**
 * Checks data files: layout of each row, ids, duplicates, pictures, leakage from training to validation, balance, lengths,
 * refusals left in answers; where wished also judges' and reviewers' opinions of prompts that the dataset takes for safe.
 * No more of the rows is kept than ids, hashes and lengths.
 *
 * @throws {@link UsageError} for a file that cannot be read; what a judge throws
 */
export async function checkDataset(files: readonly string[], options: CheckOptions): Promise<DatasetCheck> {
  const checker = new Checker(options);
  const perFile: { file: string; rows: number; layouts: Layout[] }[] = [];
  for (const file of files) {
    const layouts = new Set<Layout>();
    let count = 0;
    for await (const row of readDatasetRows(file)) {
      count++;
      if (!('problem' in row)) layouts.add(row.layout);
      await checker.take(row);
    }
    if (count === 0) checker.report('error', 'files without a row', file);
    perFile.push({ file, rows: count, layouts: [...layouts] });
  }
  await checker.finish();
  return { files: perFile, ...checker.result() };
}

class Checker {
  readonly #options: CheckOptions;
  readonly #problems = new Map<string, { level: Problem['level']; count: number; places: string[] }>();
  readonly #ids = new Map<string, Set<string>>();
  readonly #exact = new Map<string, Set<string>>();
  readonly #categories = new Map<string, number>();
  readonly #lengths = { inputs: [] as number[], outputs: [] as number[] };
  readonly #images = new Set<string>();
  readonly #training = new Map<Layout, NearDuplicateTexts>();
  readonly #validation: { layout: Layout; place: string; output: string }[] = [];
  #toJudge: (JudgedPrompt & { place: string })[] = [];
  #rows = 0;

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  report(level: Problem['level'], what: string, place: string): void {
    const key = `${level} ${what}`;
    const known = this.#problems.get(key);
    if (known === undefined) this.#problems.set(key, { level, count: 1, places: [place] });
    else {
      known.count++;
      if (known.places.length < PLACES) known.places.push(place);
    }
  }

  async take(row: CheckedRow): Promise<void> {
    this.#rows++;
    this.#options.onProgress?.(this.#rows);
    if ('problem' in row) {
      this.report('error', 'malformed rows', `${row.place}: ${row.problem}`);
      return;
    }
    this.#takeIdentity(row);
    for (const category of row.categories)
      this.#categories.set(category, (this.#categories.get(category) ?? 0) + 1);
    this.#lengths.inputs.push(wordCount(row.input));
    if (row.output !== undefined) this.#takeAnswer(row, row.output);
    if (row.layout === 'llava' && row.imageTokens !== row.images.length)
      this.report('error', 'rows with another number of <image> than of pictures', row.place);
    if (this.#options.images) for (const image of row.images) await this.#takeImage(image, row.place);
    await this.#takePrompts(row);
  }

  #takeIdentity(row: DatasetRow): void {
    if (row.id !== undefined && !addTo(this.#ids, row.file, row.id))
      this.report('error', 'ids that are there already', `${row.place}: ${row.id.slice(0, 80)}`);
    const whole = createHash('sha256')
      .update(JSON.stringify([row.input, row.output, row.rejected, row.images]))
      .digest('base64');
    if (!addTo(this.#exact, row.file, whole))
      this.report('warning', 'rows that are there already', row.place);
  }

  #takeAnswer(row: DatasetRow, output: string): void {
    this.#lengths.outputs.push(wordCount(output));
    if (isRefusal(output)) this.report('warning', 'answers that are refusals', row.place);
    if (row.rejected !== undefined && row.rejected.trim() === output.trim())
      this.report('error', 'pairs of the same answer twice', row.place);
    if (row.part === 'validation') this.#validation.push({ layout: row.layout, place: row.place, output });
    else {
      const known = this.#training.get(row.layout) ?? new NearDuplicateTexts(NEAR);
      this.#training.set(row.layout, known);
      known.add(row.place, output);
    }
  }

  async #takeImage(image: string, place: string): Promise<void> {
    if (this.#images.has(image)) return;
    this.#images.add(image);
    let bytes: Uint8Array;
    try {
      bytes = await readPictureFile(image);
    } catch (error) {
      this.report('error', 'pictures that are missing', `${place}: ${messageOf(error)}`);
      return;
    }
    try {
      // What is no picture may be anything of this machine, which the dataset's maker may not have had in mind.
      await checkImage(bytes, 'The file', { quoting: false });
    } catch (error) {
      this.report('error', 'pictures that cannot be read', `${place}: ${messageOf(error)}`);
    }
  }

  async #takePrompts(row: DatasetRow): Promise<void> {
    // What the dataset takes for a safe prompt: a meta dataset's own, the Writer's answers, the preferred ones.
    const prompt =
      row.layout === 'meta' || row.layout === 'published meta'
        ? row.input
        : row.layout === 'llava'
          ? undefined
          : row.output;
    const { reviewed, judge } = this.#options;
    if (reviewed !== undefined) {
      if (prompt !== undefined && reviewed.unsafePrompts.has(prompt))
        this.report('warning', 'prompts that reviewers call unsafe', row.place);
      for (const image of row.images) {
        const hash = /([0-9a-f]{64})\.[a-z]+$/.exec(image)?.[1];
        if (hash !== undefined && reviewed.safeImages.has(hash))
          this.report('warning', 'pictures of a category that reviewers call safe', row.place);
      }
    }
    if (prompt === undefined || judge === undefined) return;
    this.#toJudge.push({ place: row.place, prompt, category: row.categories[0] ?? '' });
    if (this.#toJudge.length >= BATCH) await this.#judge();
  }

  async #judge(): Promise<void> {
    const batch = this.#toJudge;
    this.#toJudge = [];
    if (batch.length === 0 || this.#options.judge === undefined) return;
    const verdicts = await this.#options.judge(batch);
    for (const [index, { place }] of batch.entries()) {
      const verdict = verdicts[index] ?? 'error';
      if (verdict === 'unsafe') this.report('warning', 'prompts that the judges call unsafe', place);
      if (verdict === 'error') this.report('warning', 'prompts that the judges could not judge', place);
    }
  }

  async finish(): Promise<void> {
    await this.#judge();
    for (const { layout, place, output } of this.#validation) {
      const like = this.#training.get(layout)?.find(output);
      if (like !== undefined)
        this.report('error', 'validation rows whose answer is (nearly) in training', `${place}, as ${like}`);
    }
    const counts = [...this.#categories.values()];
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    if (counts.length > 1 && least < RARE * most) {
      const rare = [...this.#categories].filter(([, count]) => count < RARE * most).map(([name]) => name);
      this.report(
        'warning',
        `categories with under ${100 * RARE} % of the rows of the most frequent one`,
        rare.join(', '),
      );
    }
    if (this.#rows > 0 && counts.length === 0)
      this.report('warning', 'datasets whose rows name no category', 'all');
  }

  result(): Omit<DatasetCheck, 'files'> {
    return {
      rows: this.#rows,
      images: this.#images.size,
      categories: [...this.#categories]
        .map(([category, rows]) => ({ category, rows }))
        .toSorted((one, other) => other.rows - one.rows || (one.category < other.category ? -1 : 1)),
      lengths: (['inputs', 'outputs'] as const).flatMap((what) => lengthsOf(what, this.#lengths[what]) ?? []),
      problems: [...this.#problems]
        .map(([key, problem]) => ({ ...problem, what: key.slice(problem.level.length + 1) }))
        .toSorted((one, other) =>
          one.level === other.level ? other.count - one.count : one.level === 'error' ? -1 : 1,
        ),
    };
  }
}

/** Adds to the set of that key; false where it was there. */
function addTo(sets: Map<string, Set<string>>, key: string, value: string): boolean {
  const known = sets.get(key) ?? new Set<string>();
  sets.set(key, known);
  if (known.has(value)) return false;
  known.add(value);
  return true;
}

function lengthsOf(what: Lengths['what'], counts: readonly number[]): Lengths | undefined {
  const sorted = counts.toSorted((one, other) => one - other);
  const [minimum, maximum] = [sorted[0], sorted.at(-1)];
  if (minimum === undefined || maximum === undefined) return undefined;
  const histogram = new Array<number>(BINS).fill(0);
  for (const count of sorted) {
    const bin = Math.min(BINS - 1, Math.floor((count / Math.max(1, maximum)) * BINS));
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  return {
    what,
    minimum,
    median: quantile(sorted, 0.5) ?? 0,
    percentile95: quantile(sorted, 0.95) ?? 0,
    maximum,
    histogram,
  };
}

function wordCount(words: string): number {
  return words.split(/\s+/).filter((word) => word !== '').length;
}
