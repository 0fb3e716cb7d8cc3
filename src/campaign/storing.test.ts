import { describe, expect, it } from 'vitest';
import { StoreError } from '../store/store-error.ts';
import { storing } from './storing.ts';

describe('storing', () => {
  it('gives back what was written', async () => {
    expect(await storing(async () => 7)).toBe(7);
  });

  it('says STORE_FAILED with the innermost message, and how to go on', async () => {
    const cause = new Error('Failed query: insert …', { cause: new Error('connection terminated') });
    const error = await storing(() => Promise.reject(cause)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({
      code: 'STORE_FAILED',
      exitCode: 1,
      message: 'The store could not be written: connection terminated',
      hint: expect.stringContaining('art resume'),
      cause,
    });
  });

  it.each([
    'ENOSPC: no space left on device, write',
    'could not extend file: No space left on device',
    'EDQUOT',
  ])('says that the disk is full, however deep it stands: %s', async (message) => {
    const cause = new Error('outer', { cause: new Error('middle', { cause: new Error(message) }) });
    await expect(storing(() => Promise.reject(cause))).rejects.toMatchObject({ code: 'DISK_FULL' });
  });

  it('leaves an error of the store as it is, and does not care what else is thrown', async () => {
    const known = new StoreError({ code: 'IMAGE_MISSING', message: 'gone' });
    await expect(storing(() => Promise.reject(known))).rejects.toBe(known);
    await expect(storing(() => Promise.reject('a string'))).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  it('ends even where an error is its own cause', async () => {
    const circular = new Error('round and round');
    circular.cause = circular;
    await expect(storing(() => Promise.reject(circular))).rejects.toMatchObject({
      message: 'The store could not be written: round and round',
    });
  });
});
