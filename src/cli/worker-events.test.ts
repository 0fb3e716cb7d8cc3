import { afterEach, expect, test, vi } from 'vitest';
import { UsageError } from '../errors.ts';
import type { CampaignRow } from '../store/schema.ts';
import { workerEvents } from './worker-events.ts';
import { openWorkerLog } from './worker-log.ts';

afterEach(() => void vi.restoreAllMocks());

const CAMPAIGN: CampaignRow = {
  ...{
    id: 'c1',
    name: 'nightly',
    status: 'running',
    strategy: 'art',
    seed: 1,
    rounds: 1,
    imagesPerPrompt: 1,
  },
  ...{ config: {}, configHash: 'x', configFile: null, artVersion: '0', simulated: true },
  ...{ createdAt: new Date(0), finishedAt: null, priority: 0, wish: 'run', ending: null },
  ...{ runningSince: null, workedSeconds: 0 },
};
const COUNTS = {
  conversations: { total: 2, done: 1, failed: 0 },
  turns: 7,
  refusedTurns: 0,
  evaluationImages: { expected: 0, drawn: 0, refused: 0, failed: 0 },
};

function written(format: 'json' | 'text', act: (events: ReturnType<typeof workerEvents>) => void): string[] {
  const lines: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const log = openWorkerLog(format, false, { worker: 'w1' });
  act(workerEvents(log, () => undefined));
  log.close();
  return lines;
}

test('whatever happens to a campaign is told with its id', () => {
  const lines = written('json', (events) => {
    events.takenUp(CAMPAIGN);
    events.warning(CAMPAIGN, 'The judge thirds failed.');
    events.refused(CAMPAIGN, new UsageError({ code: 'MISSING_KEY', message: 'A key is missing.' }));
    events.left(CAMPAIGN, { status: 'paused', ending: 'It was paused with art pause.', counts: COUNTS });
  }).map((line): unknown => JSON.parse(line));
  const told = (level: string, more: object) => expect.objectContaining({ level, campaign: 'c1', ...more });
  expect(lines).toEqual([
    told('info', { msg: 'Takes up nightly (c1).' }),
    told('warn', { msg: 'nightly: The judge thirds failed.' }),
    told('warn', { msg: 'nightly (c1) cannot be served here: A key is missing.', code: 'MISSING_KEY' }),
    told('info', { status: 'paused', msg: 'Leaves nightly (c1): paused: It was paused with art pause.' }),
  ]);
});

test('people read the same problem once a minute', () => {
  const lines = written('text', (events) => {
    for (let time = 0; time < 3; time++) events.warning(CAMPAIGN, 'The queue is away.');
  });
  expect(lines).toEqual([expect.stringMatching(/^[\d:]{8} {2}problem: nightly: The queue is away\.\n$/)]);
});
