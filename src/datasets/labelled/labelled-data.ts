/** A prompt of which people said whether it is safe. */
export interface LabelledPrompt {
  readonly kind: 'prompt';
  /** Where it stands, e.g. `line 12`. */
  readonly place: string;
  readonly text: string;
  readonly unsafe: boolean;
  readonly category?: string;
}

/** An image of which people said whether it is safe. */
export interface LabelledImage {
  readonly kind: 'image';
  /** Its path as the data name it. */
  readonly place: string;
  /** The absolute path. */
  readonly file: string;
  readonly unsafe: boolean;
  readonly category?: string;
}

export type LabelledSubject = LabelledPrompt | LabelledImage;

/** What to do with a subject for which as many raters said unsafe as safe. */
export type Ties = 'unsafe' | 'safe' | 'drop';

/** Labelled data, ready for judges. */
export interface LabelledData {
  readonly kind: LabelledSubject['kind'];
  /** What was read, e.g. `csv`, `folder`, `adversarial-nibbler`. */
  readonly format: string;
  /** Where the labels come from: a column, or `folder names`. */
  readonly labelColumn: string;
  readonly subjects: readonly LabelledSubject[];
  /** Rows that are not among the subjects, by reason. */
  readonly leftOut: LeftOut;
  /** What each rater said, where subjects have several; of all subjects, before any limit. */
  readonly votes?: readonly (readonly string[])[];
  /** How many subjects had a tie, and what became of them. */
  readonly ties?: { readonly count: number; readonly counted: Ties };
}

/** How many rows are left out, by reason. */
export interface LeftOut {
  /** Without a label, or where all raters abstained. */
  readonly unlabelled: number;
  /** Without a text or a file. */
  readonly empty: number;
  /** Ties that were to be dropped. */
  readonly tied: number;
  /** Over the limit. */
  readonly overLimit: number;
  /** Of a campaign's labels: without a stored verdict, where these are asked for. */
  readonly unjudged?: number;
}

/** How to read labelled data; whatever is left out is looked for. */
export interface LabelledOptions {
  readonly subject?: LabelledSubject['kind'] | undefined;
  readonly textColumn?: string | undefined;
  readonly imageColumn?: string | undefined;
  readonly labelColumn?: string | undefined;
  readonly categoryColumn?: string | undefined;
  /** Labels that mean unsafe. Where only these or only `safeValues` are given, all others mean the other. */
  readonly unsafeValues?: readonly string[] | undefined;
  readonly safeValues?: readonly string[] | undefined;
  /** Default `unsafe`: a doubt that raters share is one worth a look. */
  readonly ties?: Ties | undefined;
  /** Takes a seeded sample of so many. */
  readonly limit?: number | undefined;
  readonly seed?: number | undefined;
}
