import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { UsageError } from '../errors.ts';
import { rememberSecret } from '../models/redact.ts';
import { observeTurn } from '../telemetry/observe-stored.ts';
import { at } from '../telemetry/place.ts';
import { type CampaignLog, openLineLog, openLog } from './log.ts';

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

/** What a log of lines writes, parsed, while something is done with it. */
function linesOf(act: (log: CampaignLog) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const log = openLineLog((line) => lines.push(line), { worker: 'w1' });
  act(log);
  log.close();
  return lines.map((line) => JSON.parse(line));
}

test('every line says where it belongs: worker, campaign, conversation, round, turn', () => {
  vi.stubEnv('ART_LOG_LEVEL', 'debug');
  const place = { campaign: 'c1', category: 'weather', conversation: 12, round: 3 };
  const stored = { outcome: 'drawn', turn: 45, promptVerdict: 'safe', imageVerdict: 'unsafe', verdicts: [] };
  const lines = linesOf((log) => {
    log.info({}, 'worker begun');
    log.warn('It cannot be served here.', { campaign: 'c1' });
    at(place, () => {
      log.warn('The judge thirds failed.');
      observeTurn(stored);
    });
  });
  expect(lines).toEqual([
    expect.objectContaining({ level: 'info', worker: 'w1', pid: process.pid, msg: 'worker begun' }),
    expect.objectContaining({ level: 'warn', campaign: 'c1', msg: 'It cannot be served here.' }),
    expect.objectContaining({ level: 'warn', ...place, msg: 'The judge thirds failed.' }),
    expect.objectContaining({
      level: 'debug',
      ...place,
      turn: 45,
      outcome: 'drawn',
      promptVerdict: 'safe',
      imageVerdict: 'unsafe',
      msg: 'turn stored',
    }),
  ]);
  expect(lines[0]).not.toHaveProperty('campaign');
  expect(lines.every(({ time }) => typeof time === 'string' && !Number.isNaN(Date.parse(time)))).toBe(true);
});

test('the log of a campaign says nothing of the turns of another', () => {
  vi.stubEnv('ART_LOG_LEVEL', 'debug');
  const dataDir = folder();
  const log = openLog(dataDir, 'c1');
  for (const campaign of ['c1', 'c2']) {
    at({ campaign, conversation: 1 }, () => observeTurn({ outcome: 'drawn', turn: 2, verdicts: [] }));
  }
  log.close();
  const lines = readFileSync(join(dataDir, 'art.log'), 'utf8').trim().split('\n');
  expect(lines).toHaveLength(1);
  // Once, as parsers differ about keys that come twice.
  expect(lines[0]?.match(/"campaign":"c1"/g)).toHaveLength(1);
});

test('no key, no terminal escape and no hidden character gets into a line', () => {
  vi.stubEnv('ART_LOG_LEVEL', 'debug');
  rememberSecret('canary-of-the-log-4711');
  const hostile = 'canary-of-the-log-4711 \u001b[31mred\u009b2J \u202egnp.exe\u0007';
  const lines: string[] = [];
  const log = openLineLog((line) => lines.push(line), { worker: 'w1' });
  log.debug({ endpoint: hostile }, hostile);
  log.info({}, hostile);
  log.warn(hostile);
  log.error(hostile);
  log.close();
  expect(lines).toHaveLength(4);
  for (const line of lines) {
    expect(line).toContain('[redacted] red');
    expect(line).not.toMatch(/canary|\\u001b|\\u0007/);
    expect([...line.trimEnd()].every((character) => !/[\p{Cc}\p{Cf}]/u.test(character))).toBe(true);
  }
});

test('a line carries its trace, where there is one', () => {
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  onTestFinished(() => context.disable());
  const [line] = linesOf((log) =>
    context.with(trace.setSpanContext(context.active(), span), () => log.warn('careful')),
  );
  expect(line).toMatchObject({ trace_id: span.traceId, span_id: span.spanId });
});
