/** The server understood and said no: asking the same again would end the same. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}
