import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { contentHash } from './content-hash.ts';
import { imageName, imageOfName, isDraftName, MARKER_NAME } from './image-names.ts';
import type { ImageKey, ImageStore, StoredFile } from './image-store.ts';
import { makeFolder } from './make-folder.ts';
import { StoreError } from './store-error.ts';

/** How often a picture is written where what it is written into disappears. */
const MOST_TRIES = 5;

/** Images as files in a folder, `ab/ab12….png`. */
export class FolderImageStore implements ImageStore {
  readonly location: string;
  readonly #shownAs: string;
  readonly #known = new Set<string>();

  /** @param shownAs how reports call the folder; default: as it is */
  constructor(folder: string, shownAs: string = folder) {
    this.location = folder;
    this.#shownAs = shownAs;
  }

  locate(key: ImageKey): string {
    return join(this.location, imageName(key));
  }

  pathInReports(key: ImageKey): string {
    return join(this.#shownAs, imageName(key));
  }

  async put(key: ImageKey, bytes: Uint8Array): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#write(key, bytes);
        return;
      } catch (error) {
        // Somebody has removed the draft (`art gc --older-than 0`) or the folder: once more, with all that is needed.
        if (!hasCode(error, 'ENOENT') || tries === MOST_TRIES) throw error;
        this.#known.delete(key.hash.slice(0, 2));
      }
    }
  }

  async #write(key: ImageKey, bytes: Uint8Array): Promise<void> {
    const path = this.locate(key);
    const shard = key.hash.slice(0, 2);
    if (!this.#known.has(shard)) {
      await makeFolder(join(this.location, shard));
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

  async delete(key: ImageKey): Promise<void> {
    await rm(this.locate(key), { force: true });
  }

  async deleteDraft(name: string): Promise<void> {
    if (!isDraftName(name)) throw new RangeError(`${name} is no draft of an image`);
    await rm(join(this.location, name), { force: true });
  }

  async readMarker(): Promise<string | undefined> {
    try {
      return await readFile(join(this.location, MARKER_NAME), 'utf8');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  async writeMarker(text: string): Promise<void> {
    await makeFolder(this.location);
    const path = join(this.location, MARKER_NAME);
    const draft = `${path}.${randomUUID()}.draft`;
    await writeFile(draft, text, { flush: true });
    await rename(draft, path);
  }

  async *list(): AsyncGenerator<StoredFile> {
    for (const shard of await namesIn(this.location)) {
      if (!/^[0-9a-f]{2}$/.test(shard)) continue;
      for (const file of await namesIn(join(this.location, shard))) {
        const name = `${shard}/${file}`;
        const image = imageOfName(name);
        if (image === undefined && !isDraftName(name)) continue;
        const found = await statOf(join(this.location, name));
        if (found === undefined) continue;
        yield { name, image, byteLength: found.size, modifiedAt: found.mtime };
      }
    }
  }
}

/** What lies in a folder; nothing where there is none. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return [];
    throw error;
  }
}

/** Somebody may have renamed or removed a file since it was listed. */
async function statOf(path: string) {
  try {
    const found = await stat(path);
    return found.isFile() ? found : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
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
