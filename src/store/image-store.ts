/** An image's name: the SHA-256 of its bytes, and what kind of file it is. */
export interface ImageKey {
  readonly hash: string;
  readonly mediaType: string;
}

/** A file of an image store, as it is listed. */
export interface StoredFile {
  /** Its name within the store, e.g. `ab/ab12….png`. */
  readonly name: string;
  /** The image that it holds; `undefined`: an image on its way in, or one whose way in a crash has cut off. */
  readonly image: ImageKey | undefined;
  readonly byteLength: number;
  /** When it was last written, by the clock of the store. */
  readonly modifiedAt: Date;
}

/** What every access to an image store can be told. */
export interface ImageAccess {
  /** Aborts waiting for a store that does not answer. */
  readonly signal?: AbortSignal | undefined;
}

/** Where the images are. Content-addressed: the same bytes are stored once. */
export interface ImageStore {
  /** Where that is, for people: a folder, or `s3://bucket/prefix`. */
  readonly location: string;
  /**
   * Stores the bytes durably; resolves when they would survive a crash. Bytes that are there already are written
   * again: who removes images goes by when they were last written.
   */
  put(key: ImageKey, bytes: Uint8Array, access?: ImageAccess): Promise<void>;
  /**
   * The bytes, checked against their hash.
   *
   * @throws {@link StoreError} `IMAGE_MISSING` or `IMAGE_DAMAGED`
   */
  get(key: ImageKey, access?: ImageAccess): Promise<Uint8Array>;
  /** Removes an image for good; one that is not there is no problem. */
  delete(key: ImageKey, access?: ImageAccess): Promise<void>;
  /** Removes what `list` gave without an image: a draft that nobody will finish. */
  deleteDraft(name: string, access?: ImageAccess): Promise<void>;
  /**
   * Everything that is stored, in no order that could be relied on. What is not ours is not among it. An object store
   * may list what is gone, and leave out what has just come.
   */
  list(access?: ImageAccess): AsyncIterable<StoredFile>;
  /** What {@link writeMarker} has written last; `undefined` where it has written nothing. */
  readMarker(access?: ImageAccess): Promise<string | undefined>;
  /** Writes beside the images whose they are; it is no image and is not listed. */
  writeMarker(text: string, access?: ImageAccess): Promise<void>;
  /** Where a person finds the image: a path or URL. */
  locate(key: ImageKey): string;
  /** The same in a report, which may be mailed: relative to the data folder where it lies in there. */
  pathInReports(key: ImageKey): string;
}
