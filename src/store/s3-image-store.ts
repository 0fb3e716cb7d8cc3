import { contentHash } from './content-hash.ts';
import { imageName, imageOfName, MARKER_NAME } from './image-names.ts';
import type { ImageAccess, ImageKey, ImageStore, StoredFile } from './image-store.ts';
import { OWN_CLOCK, type Patience, withRetries } from './retries.ts';
import { type S3Location, s3Address } from './s3-location.ts';
import { ObjectError, type ObjectStorage } from './s3-objects.ts';
import { StoreError } from './store-error.ts';

/** How long a store is waited for that has answered before, or never has; and one whose answer is not the right one. */
export interface S3Patience
  extends Pick<Patience, 'now' | 'random' | 'sleep' | 'firstDelayMs' | 'longestDelayMs'> {
  readonly knownMs: number;
  readonly unknownMs: number;
  /** An image that is not there, or not whole: a store may be late to show what it has. */
  readonly doubtMs: number;
  /** The longest that one try may take. */
  readonly attemptMs: number;
}

const PATIENCE: S3Patience = {
  ...OWN_CLOCK,
  firstDelayMs: 100,
  longestDelayMs: 5_000,
  knownMs: 180_000,
  unknownMs: 20_000,
  doubtMs: 2_000,
  attemptMs: 300_000,
};

/**
 * Images in an object store that speaks S3, `prefix/ab/ab12….png`.
 *
 * Nothing is believed that could lose an image: one that seems to be there is uploaded all the same, an upload counts
 * when the server has checked it against our checksum, and what is read is checked against its name.
 */
export class S3ImageStore implements ImageStore {
  readonly location: string;
  readonly #prefix: string;
  readonly #connect: () => Promise<ObjectStorage>;
  readonly #patience: S3Patience;
  #connection: Promise<ObjectStorage> | undefined;
  #hasAnswered = false;

  /** @param connect is called when the store is used first */
  constructor(
    location: S3Location,
    connect: () => Promise<ObjectStorage>,
    patience: Partial<S3Patience> = {},
  ) {
    this.location = s3Address(location);
    this.#prefix = location.prefix === '' ? '' : `${location.prefix}/`;
    this.#connect = connect;
    this.#patience = { ...PATIENCE, ...patience };
  }

  locate(key: ImageKey): string {
    return `${this.location}/${imageName(key)}`;
  }

  pathInReports(key: ImageKey): string {
    return this.locate(key);
  }

  async put(key: ImageKey, bytes: Uint8Array, { signal }: ImageAccess = {}): Promise<void> {
    const name = this.#nameOf(key);
    const sha256 = Buffer.from(key.hash, 'hex').toString('base64');
    await this.#ask('stored', key, signal, (storage, within) =>
      storage.put(name, bytes, key.mediaType, sha256, within),
    );
  }

  async get(key: ImageKey, { signal }: ImageAccess = {}): Promise<Uint8Array> {
    const name = this.#nameOf(key);
    const { doubtMs } = this.#patience;
    return await withRetries(
      async () => {
        const bytes = await this.#ask('read', key, signal, (storage, within) => storage.get(name, within));
        if (contentHash(bytes) === key.hash) return bytes;
        throw this.#damaged(key);
      },
      // On its way a picture may be cut off or changed; a picture that has just come may not be shown yet.
      (error) =>
        error instanceof StoreError && (error.code === 'IMAGE_MISSING' || error.code === 'IMAGE_DAMAGED'),
      () => ({ ...this.#patience, patienceMs: doubtMs }),
      signal,
    );
  }

  async delete(key: ImageKey, { signal }: ImageAccess = {}): Promise<void> {
    const name = this.#nameOf(key);
    await this.#ask('removed', key, signal, async (storage, within) => {
      try {
        await storage.delete(name, within);
      } catch (error) {
        if (!(error instanceof ObjectError && error.kind === 'missing')) throw error;
      }
    });
  }

  /** An upload is whole or not there at all. */
  async deleteDraft(name: string): Promise<void> {
    throw new RangeError(`${name} is no draft of an image`);
  }

  async readMarker({ signal }: ImageAccess = {}): Promise<string | undefined> {
    const bytes = await this.#ask('read', undefined, signal, async (storage, within) => {
      try {
        return await storage.get(`${this.#prefix}${MARKER_NAME}`, within);
      } catch (error) {
        if (error instanceof ObjectError && error.kind === 'missing') return undefined;
        throw error;
      }
    });
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
  }

  async writeMarker(text: string, { signal }: ImageAccess = {}): Promise<void> {
    const bytes = Buffer.from(text);
    const sha256 = Buffer.from(contentHash(bytes), 'hex').toString('base64');
    await this.#ask('stored', undefined, signal, (storage, within) =>
      storage.put(`${this.#prefix}${MARKER_NAME}`, bytes, 'application/json', sha256, within),
    );
  }

  async *list({ signal }: ImageAccess = {}): AsyncGenerator<StoredFile> {
    let after: string | undefined;
    do {
      const page = await this.#ask('listed', undefined, signal, (storage, within) =>
        storage.list(this.#prefix, after, within),
      );
      for (const { name: whole, byteLength, modifiedAt } of page.objects) {
        const name = whole.slice(this.#prefix.length);
        const image = imageOfName(name);
        if (image !== undefined) yield { name, image, byteLength, modifiedAt };
      }
      after = page.next;
    } while (after !== undefined);
  }

  #nameOf(key: ImageKey): string {
    return `${this.#prefix}${imageName(key)}`;
  }

  /** Asks, and asks again as long as that may help. */
  async #ask<T>(
    what: 'stored' | 'read' | 'removed' | 'listed',
    key: ImageKey | undefined,
    signal: AbortSignal | undefined,
    request: (storage: ObjectStorage, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#connection ??= this.#connect();
    const storage = await this.#connection;
    const { knownMs, unknownMs, attemptMs } = this.#patience;
    const attempt = async () => {
      const limit = AbortSignal.timeout(attemptMs);
      const answer = await request(storage, signal === undefined ? limit : AbortSignal.any([signal, limit]));
      this.#hasAnswered = true;
      return answer;
    };
    try {
      return await withRetries(
        attempt,
        (error) => error instanceof ObjectError && error.kind === 'passing',
        () => ({ ...this.#patience, patienceMs: this.#hasAnswered ? knownMs : unknownMs }),
        signal,
      );
    } catch (error) {
      if (!(error instanceof ObjectError)) throw error;
      throw error.kind === 'missing' && key !== undefined
        ? this.#missing(key, error)
        : this.#failed(what, key, error);
    }
  }

  #missing(key: ImageKey, cause: ObjectError): StoreError {
    const path = this.locate(key);
    return new StoreError({
      code: 'IMAGE_MISSING',
      message: `The image ${path} is not there.`,
      hint: 'Was it moved or deleted? Put it back and go on with: art resume. The other conversations go on.',
      data: { path },
      cause,
    });
  }

  #damaged(key: ImageKey): StoreError {
    const path = this.locate(key);
    return new StoreError({
      code: 'IMAGE_DAMAGED',
      message: `The image ${path} is not what was stored: its SHA-256 differs from its name.`,
      hint: 'Put the object back as it was; the other conversations of the campaign go on.',
      data: { path },
    });
  }

  #failed(what: string, key: ImageKey | undefined, cause: ObjectError): StoreError {
    const path = key === undefined ? this.location : this.locate(key);
    const isRefused = cause.kind !== 'passing';
    return new StoreError({
      code: isRefused ? 'IMAGES_REFUSED' : 'IMAGES_UNREACHABLE',
      message: `${key === undefined ? 'The images in ' : 'The image '}${path} could not be ${what}: ${cause.message}.`,
      hint: isRefused
        ? 'Check bucket, region, endpoint and credentials (AWS_ACCESS_KEY_ID …) and what they allow: reading, writing, listing, deleting.'
        : 'Check the endpoint and the network. What was committed is safe: go on with art resume.',
      data: { path },
      cause,
    });
  }
}
