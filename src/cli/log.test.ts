import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { UsageError } from '../errors.ts';
import { openLog } from './log.ts';

afterEach(() => void vi.unstubAllEnvs());

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'art-log-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test.each(['verbose', 'INFO', '30'])('ART_LOG_LEVEL=%s is no level', (word) => {
  vi.stubEnv('ART_LOG_LEVEL', word);
  expect(() => openLog(folder(), 'c1')).toThrow(
    expect.objectContaining({
      name: UsageError.name,
      exitCode: 2,
      hint: expect.stringContaining('debug, info, warn'),
    }),
  );
});

test.each([
  ['debug', ['asked', 'begun']],
  ['', ['begun']],
  ['silent', []],
])('ART_LOG_LEVEL=%j notes %j', (word, noted) => {
  vi.stubEnv('ART_LOG_LEVEL', word);
  const dataDir = folder();
  const log = openLog(dataDir, 'c1');
  log.debug({}, 'asked');
  log.info({}, 'begun');
  log.close();
  const text = readFileSync(join(dataDir, 'art.log'), 'utf8');
  expect([...text.matchAll(/"msg":"(\w+)"/g)].map(([, message]) => message)).toEqual(noted);
});

test.each([
  ['a folder in its place', (dataDir: string) => void mkdirSync(join(dataDir, 'art.log')), 'EISDIR'],
  ['no folder for it', (dataDir: string) => writeFileSync(join(dataDir, 'file'), ''), 'EEXIST'],
])('with %s there is no log, one warning, and no error', (_, prepare, says) => {
  const dataDir = folder();
  prepare(dataDir);
  const problems: string[] = [];
  const place = says === 'EEXIST' ? join(dataDir, 'file') : dataDir;
  const log = openLog(place, 'c1', (message) => problems.push(message));
  log.info({}, 'begun');
  log.warn('careful');
  log.close();
  expect(problems).toEqual([expect.stringContaining(says)]);
});
