import { unsafe } from '../archive-error.ts';

const LONGEST_SHOWN = 80;

/**
 * The name of an entry, where it is one that could be ART's: plain words, a folder at most.
 *
 * @param raw as it stands in the archive
 * @throws ArchiveError `ARCHIVE_UNSAFE`
 */
export function checkName(raw: Uint8Array): string {
  const name = Buffer.from(raw).toString('latin1');
  if (/^[a-z_]+(?:\/[0-9a-z_]+)?\.[a-z]+$/.test(name)) return name;
  throw unsafe(`it has an entry ${shown(raw)}, which ${flawOf(name)}.`);
}

/** A name for messages, whatever bytes it is made of. */
export function shown(raw: Uint8Array): string {
  const text = Buffer.from(raw).toString('utf8');
  return JSON.stringify(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);
}

function flawOf(name: string): string {
  if (name.includes('\0')) return 'has a NUL in its name';
  if (/(^|[/\\])\.\.([/\\]|$)/.test(name)) return 'leads out of its folder';
  if (/^[/\\]|^[A-Za-z]:/.test(name)) return 'names a place on the disk';
  if (name.includes('\\')) return 'has a backslash in its name';
  if (name.endsWith('/')) return 'is a folder';
  return 'does not belong there';
}
