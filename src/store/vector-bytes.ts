/** A vector as it is stored: 32-bit floats, little-endian (as every machine that Node runs on has them). */
export function bytesOfVector(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** The vector that stored bytes are; `undefined` where they are none. */
export function vectorOfBytes(bytes: unknown): Float32Array | undefined {
  if (!(bytes instanceof Uint8Array) || bytes.byteLength % 4 !== 0) return undefined;
  // Copied, for floats have to begin at a multiple of four bytes.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
