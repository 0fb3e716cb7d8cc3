import { messageOf } from '../errors.ts';
import { chainOf } from './disk-full.ts';
import { isImagesError } from './images-error.ts';

/** What the system says of a connection that is gone or cannot be made. */
const SYSTEM_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
]);

/**
 * What PostgreSQL says where another try may succeed: class 08 (connection), 57P01 to 57P05 (shut down, crashed,
 * starting up), 53300 (too many connections), 40001 and 40P01 (serialization, deadlock), 25006 (a standby that is
 * being promoted), 25P03 (a transaction in which nothing happened for too long), 55P03 (lock not available).
 */
const TRANSIENT_STATES = /^(08...|57P0[1-5]|53300|40001|40P01|25006|25P03|55P03)$/;

/** What node-postgres says in words alone. */
const TRANSIENT_WORDS =
  /connection terminated|timeout exceeded when trying to connect|connection ended unexpectedly|client has encountered a connection error|query read timeout|connection error and is not queryable/i;

/**
 * Whether an error, or what caused it, says that the database could not be reached or has dropped the connection: the
 * same may succeed later. Whether what was asked has happened is not known then.
 */
export function isConnectionLost(error: unknown): boolean {
  // What cannot be reached is the object store.
  if (isImagesError(error)) return false;
  return chainOf(error).some((link) => {
    const code = codeOf(link);
    if (code !== undefined && (SYSTEM_CODES.has(code) || TRANSIENT_STATES.test(code))) return true;
    if (link instanceof AggregateError) return link.errors.some(isConnectionLost);
    return link instanceof Error && TRANSIENT_WORDS.test(messageOf(link));
  });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
