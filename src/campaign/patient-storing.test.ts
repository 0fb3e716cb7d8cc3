import { describe, expect, it } from 'vitest';
import { StoreError } from '../store/store-error.ts';
import { patientStoring } from './storing.ts';

const lost = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

/** A clock that goes on by a second at each look, and a database that fails so often. */
function world(failures: number, error: () => Error = lost, patienceMs = 600_000) {
  let now = 0;
  let tries = 0;
  const said: string[] = [];
  const stop = new AbortController();
  const storing = patientStoring({
    now: () => (now += 1_000),
    stop: stop.signal,
    onOutage: (message) => said.push(message),
    patienceMs,
    retryDelayMs: 0,
  });
  const write = async () => {
    tries++;
    if (tries <= failures) throw error();
    return 'stored';
  };
  return { storing, write, said, stop, tries: () => tries };
}

describe('patientStoring', () => {
  it('tries again while the database cannot be reached, and tells of it once', async () => {
    const { storing, write, said, tries } = world(5);
    expect(await storing(write)).toBe('stored');
    expect(tries()).toBe(6);
    expect(said).toEqual([
      'The database does not answer (connect ECONNREFUSED); it is waited for.',
      expect.stringMatching(/^The database answers again, after \d+ s\.$/),
    ]);
  });

  it('gives up after its patience', async () => {
    const { storing, write } = world(1_000, lost, 10_000);
    await expect(storing(write)).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  it('waits little once somebody wants to leave', async () => {
    const { storing, write, stop, tries } = world(1_000);
    stop.abort();
    await expect(storing(write)).rejects.toBeInstanceOf(StoreError);
    expect(tries()).toBeLessThan(30);
  });

  it('tries nothing again that waiting does not mend', async () => {
    const { storing, write, tries } = world(1, () => new Error('duplicate key'));
    await expect(storing(write)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(tries()).toBe(1);
  });

  it('leaves an error of the store as it is', async () => {
    const known = new StoreError({ code: 'TURN_ALREADY_STORED', message: 'there' });
    const { storing } = world(0);
    await expect(storing(() => Promise.reject(known))).rejects.toBe(known);
  });
});
