import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { contentHash } from './content-hash.ts';
import { StoreError } from './store-error.ts';

/** An image's name: the SHA-256 of its bytes, and what kind of file it is. */
export interface ImageKey {
  readonly hash: string;
  readonly mediaType: string;
}

/** Where the images are. Content-addressed: the same bytes are stored once. */
export interface ImageStore {
  /** Stores the bytes durably; resolves when they would survive a crash. */
  put(key: ImageKey, bytes: Uint8Array): Promise<void>;
  /**
   * The bytes, checked against their hash.
   *
   * @throws {@link StoreError} `IMAGE_MISSING` or `IMAGE_DAMAGED`
   */
  get(key: ImageKey): Promise<Uint8Array>;
  /** Where a person finds the image: a path or URL. */
  locate(key: ImageKey): string;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
  'image/tiff': 'tiff',
};

/** Images as files in a folder, `ab/ab12….png`. */
export class FolderImageStore implements ImageStore {
  readonly #folder: string;
  readonly #known = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  locate({ hash, mediaType }: ImageKey): string {
    if (!/^[0-9a-f]{64}$/.test(hash))
      throw new RangeError('an image is named by a SHA-256 in lower-case hex');
    return join(this.#folder, hash.slice(0, 2), `${hash}.${EXTENSIONS[mediaType] ?? 'bin'}`);
  }

  async put(key: ImageKey, bytes: Uint8Array): Promise<void> {
    const path = this.locate(key);
    const shard = key.hash.slice(0, 2);
    if (!this.#known.has(shard)) {
      await mkdir(join(this.#folder, shard), { recursive: true });
      this.#known.add(shard);
    }
    // Written aside and renamed, so that a file under its final name is always whole; one that is
    // there already has the same bytes.
    const draft = `${path}.${randomUUID()}.draft`;
    try {
      const file = await open(draft, 'w');
      try {
        await file.writeFile(bytes);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
      await syncFolder(dirname(path));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  async get(key: ImageKey): Promise<Uint8Array> {
    const path = this.locate(key);
    let bytes: Uint8Array;
    try {
      bytes = await readFile(path);
    } catch (cause) {
      throw new StoreError({
        code: 'IMAGE_MISSING',
        message: `The image ${path} cannot be read.`,
        hint: 'Was it moved or deleted? Put it back and go on with: art resume. The other conversations go on.',
        data: { path },
        cause,
      });
    }
    if (contentHash(bytes) !== key.hash) {
      throw new StoreError({
        code: 'IMAGE_DAMAGED',
        message: `The image ${path} is not what was stored: its SHA-256 differs from its name.`,
        hint: 'Put the file back as it was; the other conversations of the campaign go on.',
        data: { path },
      });
    }
    return bytes;
  }
}

/** Makes a rename durable. Where a system cannot sync folders (Windows), the file system sees to it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
