import { describe, expect, it } from 'vitest';
import { isDiskFull } from './disk-full.ts';

describe('a full disk', () => {
  it.each([
    ['the system', new Error('ENOSPC: no space left on device, write')],
    ['what caused it', new Error('The picture was not written.', { cause: new Error('EDQUOT: quota') })],
    ['PGlite’s file system', { errno: 51 }],
    [
      'PostgreSQL, of a page of which half could be written',
      Object.assign(new Error('could not extend file "base/5/1": wrote only 4096 of 8192 bytes at block 0'), {
        code: '53100',
      }),
    ],
  ])('is known by %s', (_, error) => {
    expect(isDiskFull(error)).toBe(true);
  });

  it('is not what else goes wrong', () => {
    expect(isDiskFull(new Error('EROFS: read-only file system'))).toBe(false);
    expect(isDiskFull(undefined)).toBe(false);
  });
});
