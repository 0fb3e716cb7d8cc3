import { expect, it } from 'vitest';
import { rememberPassword, rememberStoreSecrets } from './process-secrets.ts';
import { redact } from './redact.ts';

it('keeps what stores are opened with out of messages', () => {
  const env = { AWS_SECRET_ACCESS_KEY: 'tin/kettle+4711', PGPASSWORD: 'wool-mitten', HOME: '/home/me' };
  rememberStoreSecrets(env, 'postgres://me:blue%2Fspoon%40noon@db.example:5432/art');
  const said = 'tin/kettle+4711 wool-mitten blue%2Fspoon%40noon blue/spoon@noon /home/me db.example';
  expect(redact(said)).toBe(`${'[redacted] '.repeat(4)}/home/me db.example`);
});

it('takes any text for an address', () => {
  for (const url of [undefined, '', 'no address', 'postgres://host/db', 'postgres://me:50%@host/db'])
    rememberPassword(url);
  expect(redact('no address, host')).toBe('no address, host');
});
