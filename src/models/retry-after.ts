/**
 * How long a server asks to wait.
 *
 * @param headers of the answer, with lower-case names
 * @param now the clock, in milliseconds since 1970; asked where the server does not say what time it has (`Date`)
 * @returns milliseconds from `retry-after-ms` or `Retry-After` (seconds or an HTTP date), never negative;
 *   `undefined` where there is none that can be read
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string>>,
  now: () => number,
): number | undefined {
  const milliseconds = headers['retry-after-ms']?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(milliseconds)) return Math.round(Number(milliseconds));
  const value = headers['retry-after']?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(value)) return Math.round(Number(value) * 1000);
  // Without this, Date.parse would take "-5" for a date.
  const date = /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(date)) return undefined;
  // By the server's own clock: this machine's may be wrong by hours.
  const sentAt = Date.parse(headers.date ?? '');
  return Math.max(0, date - (Number.isNaN(sentAt) ? now() : sentAt));
}
