/** Remembers embeddings of images by the model's revision and the image's content hash. */
export interface EmbeddingCache {
  read(revision: string, hashes: readonly string[]): Promise<ReadonlyMap<string, Float32Array>>;
  write(revision: string, embeddings: ReadonlyMap<string, Float32Array>): Promise<void>;
}
