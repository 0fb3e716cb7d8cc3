import { sql } from 'drizzle-orm';
import type { EmbeddingCache } from '../judges/runtime/embedding-cache.ts';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import { embeddings } from './schema.ts';
import { bytesOfVector, vectorOfBytes } from './vector-bytes.ts';

/**
 * Embeddings of images, remembered in the store. Judges are made before the store is opened, so it is
 * attached later; until then nothing is remembered.
 */
export class StoredEmbeddings implements EmbeddingCache {
  #database: Database | undefined;

  /** From here on embeddings are read from and written to this store; detached with `undefined`. */
  attach(database: Database | undefined): void {
    this.#database = database;
  }

  async read(revision: string, hashes: readonly string[]): Promise<ReadonlyMap<string, Float32Array>> {
    if (this.#database === undefined || hashes.length === 0) return new Map();
    const rows = rowsOf(
      await this.#database.execute(sql`
        select image_hash as hash, vector from ${embeddings}
        where revision = ${revision}
          and image_hash in (select jsonb_array_elements_text(${JSON.stringify(hashes)}::jsonb))`),
    );
    return new Map(
      rows.flatMap(({ hash, vector: bytes }) => {
        const vector = vectorOfBytes(bytes);
        return typeof hash === 'string' && vector !== undefined ? [[hash, vector] as const] : [];
      }),
    );
  }

  async write(revision: string, entries: ReadonlyMap<string, Float32Array>): Promise<void> {
    if (this.#database === undefined || entries.size === 0) return;
    const rows = [...entries].map(([hash, vector]) => ({
      hash,
      vector: bytesOfVector(vector).toString('base64'),
    }));
    await this.#database.execute(sql`
      insert into ${embeddings} (revision, image_hash, vector)
      select ${revision}, e.hash, decode(e.vector, 'base64')
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as e(hash text, vector text)
      on conflict do nothing`);
  }
}
