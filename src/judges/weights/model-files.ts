/** What a repository of the Hub holds. */
export type RepoKind = 'model' | 'dataset';

/** Where the files of a model, or of a dataset, come from. */
export interface ModelSource {
  /** `org/repo` on the Hugging Face Hub, or a folder: absolute, or beginning with `./` or `../`. */
  readonly model: string;
  /** Default: a model. */
  readonly kind?: RepoKind | undefined;
  /** A branch, tag or commit; default `main`. Nothing of it for a folder. */
  readonly revision?: string | undefined;
  /** The SHA-256 of files by their path in the repository, in lower-case hex; what is not listed is not pinned. */
  readonly sha256?: Readonly<Record<string, string>> | undefined;
}

/** A file of a model, on disk and checked. */
export interface ModelFile {
  /** The path in the repository, e.g. `onnx/model.onnx`. */
  readonly name: string;
  /** The absolute path on disk. */
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The files of one model at one revision. */
export interface ModelFiles {
  readonly source: ModelSource;
  /** The commit; `local` for a folder. */
  readonly revision: string;
  /**
   * A file, fetched into the cache if it is not there yet, and checked.
   *
   * @throws {@link WeightsError}
   */
  file(name: string): Promise<ModelFile>;
  /** The first of the files that the model has; `undefined` where it has none of them. */
  firstOf(names: readonly string[]): Promise<ModelFile | undefined>;
}

/** How far a download is. */
export interface DownloadProgress {
  /** `org/repo/path`, or an address. */
  readonly what: string;
  readonly receivedBytes: number;
  /** Absent where the server does not say. */
  readonly totalBytes?: number;
  readonly done: boolean;
  /** Set where it is over without success. */
  readonly failed?: true;
}

/** Finds the files of models: on the Hub through the cache, in folders, at addresses. */
export interface WeightStore {
  /** @throws {@link WeightsError} for an unknown or closed repository, no network, a missing folder */
  open(source: ModelSource, neededBy: string): Promise<ModelFiles>;
  /**
   * A single file: a path relative to the configuration's folder, an `https://` address, or
   * `org/repo/path/in/repo` with the prefix `hub:`.
   *
   * @param sha256 what it has to be, in lower-case hex
   * @throws {@link WeightsError}
   */
  single(place: string, neededBy: string, sha256?: string): Promise<ModelFile>;
}
