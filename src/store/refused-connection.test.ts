import { expect, test } from 'vitest';
import { connectionError } from './refused-connection.ts';

const URL_WITH_SECRET = 'postgres://a%20user:s3cr3t-word@db.example:5433/nope';
const LOCATION = 'postgres://db.example:5433/nope';

function failed(message: string, code?: string) {
  const cause = Object.assign(new Error(message), code === undefined ? {} : { code });
  return connectionError(cause, URL_WITH_SECRET, LOCATION);
}

test.each([
  [
    'a wrong password',
    failed('password authentication failed for user "a user"', '28P01'),
    {
      code: 'DATABASE_REFUSED',
      says: 'refuses user a user: password authentication failed',
      hint: 'password',
    },
  ],
  [
    'a user or a host that may not',
    failed('no pg_hba.conf entry for host "10.0.0.1"', '28000'),
    { code: 'DATABASE_REFUSED', says: 'refuses user a user: no pg_hba.conf entry', hint: 'is running' },
  ],
  [
    'no password where one is asked for',
    failed('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
    { code: 'DATABASE_REFUSED', says: 'refuses user a user', hint: 'password' },
  ],
  [
    'a database that does not exist',
    failed('database "nope" does not exist', '3D000'),
    { code: 'DATABASE_MISSING', says: 'The server db.example:5433 has no database nope', hint: 'Create it' },
  ],
  [
    'a server that is not there',
    failed('connect ECONNREFUSED 10.0.0.1:5433', 'ECONNREFUSED'),
    { code: 'DATABASE_UNREACHABLE', says: `${LOCATION} does not answer`, hint: 'is running' },
  ],
])('%s', (_, error, { code, says, hint }) => {
  expect(error).toMatchObject({ code, exitCode: 2, data: { location: LOCATION } });
  expect(error.message).toContain(says);
  expect(error.hint).toContain(hint);
  expect(JSON.stringify({ ...error, text: error.message })).not.toContain('s3cr3t-word');
});

test('a URL without a user, and one that cannot be read, are told of all the same', () => {
  const cause = Object.assign(new Error('no'), { code: '28P01' });
  expect(connectionError(cause, 'postgres://db/art', 'postgres://db/art').message).toContain(
    'refuses its user',
  );
  expect(connectionError(cause, 'postgres://a%ZZ@db/art', 'postgres://db/art').message).toContain(
    'user a%ZZ',
  );
});
