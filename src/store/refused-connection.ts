import { messageOf } from '../errors.ts';
import { chainOf } from './disk-full.ts';
import { StoreError } from './store-error.ts';

/** PostgreSQL's `invalid_password` and `invalid_authorization_specification`. */
const REFUSED_STATES: ReadonlySet<unknown> = new Set(['28P01', '28000']);
/** What node-postgres says of a server that asks for a password where none is given. */
const NO_PASSWORD = /client password must be a/;
/** PostgreSQL's `invalid_catalog_name`. */
const NO_DATABASE_STATE = '3D000';

/**
 * What is said where a server cannot be worked on: that it is not there, or that it is, and refuses.
 *
 * @param databaseUrl of which nothing but the names of user and database is told
 * @param location the URL without user and password
 */
export function connectionError(cause: unknown, databaseUrl: string, location: string): StoreError {
  const url = new URL(databaseUrl);
  const about = { data: { location }, cause };
  if (isRefused(cause)) {
    const user = decoded(url.username);
    return new StoreError({
      code: 'DATABASE_REFUSED',
      message: `The database ${location} refuses ${user === '' ? 'its user' : `user ${user}`}: ${messageOf(cause)}`,
      hint: 'The server is running. Check user and password given with --database or ART_DATABASE.',
      ...about,
    });
  }
  if (statesOf(cause).includes(NO_DATABASE_STATE)) {
    const database = decoded(url.pathname.slice(1));
    const server = `${url.hostname}${url.port === '' ? '' : `:${url.port}`}`;
    return new StoreError({
      code: 'DATABASE_MISSING',
      message: `The server ${server} has no database ${database === '' ? 'of that name' : database}: ${messageOf(cause)}`,
      hint: 'Create it (create database …, or createdb), or check the name given with --database or ART_DATABASE.',
      ...about,
    });
  }
  return new StoreError({
    code: 'DATABASE_UNREACHABLE',
    message: `The database ${location} does not answer: ${messageOf(cause)}`,
    hint: 'Check the URL given with --database or ART_DATABASE, and that the server is running.',
    ...about,
  });
}

function isRefused(error: unknown): boolean {
  return (
    statesOf(error).some((state) => REFUSED_STATES.has(state)) ||
    chainOf(error).some((link) => NO_PASSWORD.test(messageOf(link)))
  );
}

/** The codes of an error and of what caused it. */
function statesOf(error: unknown): unknown[] {
  return chainOf(error).flatMap((link) => (link instanceof Error && 'code' in link ? [link.code] : []));
}

/** A part of a URL as people write it; as it stands where it cannot be read. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
