/** A size in bytes as people say it: `812 bytes`, `3.4 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1_000;
  let place = 0;
  while (value >= 999.5 && place < units.length - 1) {
    value /= 1_000;
    place++;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[place]}`;
}
