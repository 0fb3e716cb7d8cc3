import { describe, expect, it } from 'vitest';
import { isConnectionLost } from './connection-lost.ts';

const withCode = (code: string, message = 'no') => Object.assign(new Error(message), { code });

describe('isConnectionLost', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', '57P01', '57P03', '08006', '40P01'])('%s may pass', (code) => {
    expect(isConnectionLost(new Error('Failed query', { cause: withCode(code) }))).toBe(true);
  });

  it('knows what node-postgres says in words', () => {
    expect(isConnectionLost(new Error('Connection terminated unexpectedly'))).toBe(true);
    expect(isConnectionLost(new Error('timeout exceeded when trying to connect'))).toBe(true);
  });

  it('looks into what several addresses answered', () => {
    expect(isConnectionLost(new AggregateError([withCode('ECONNREFUSED')]))).toBe(true);
  });

  it.each(['23505', '42601', '53100', 'ENOSPC', '28P01'])('%s does not pass by waiting', (code) => {
    expect(isConnectionLost(withCode(code))).toBe(false);
  });

  it('takes anything', () => {
    expect(isConnectionLost('a text')).toBe(false);
    expect(isConnectionLost(undefined)).toBe(false);
  });
});
