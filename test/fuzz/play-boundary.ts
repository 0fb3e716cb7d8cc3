import { openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ArtError } from '../../src/errors.ts';
import { sightingsOf } from '../support/canary.ts';
import { BOUNDARIES } from './boundaries.ts';
import { type FuzzReport, LONGEST_CASE_MS } from './boundary.ts';
import { createDice } from './dice.ts';

/**
 * Plays the cases of one boundary in a process of its own: `node play-boundary.ts NAME SEED FIRST COUNT FOLDER FORBIDDEN`.
 * The number of the case at hand stands in `FOLDER/../case`, so that whoever started it knows which one ended the process.
 */
const [name = '', seed = '', first = '0', count = '0', folder = '', forbidden = ''] = process.argv.slice(2);
const canary = process.env.ART_FUZZ_CANARY ?? '';
const boundary = BOUNDARIES.find((one) => one.name === name);
if (boundary === undefined) throw new Error(`there is no boundary ${name}`);

const problems: string[] = [];
const outcomes: Record<string, number> = {};
const at = openSync(join(folder, '..', 'case'), 'w');
let current = -1;
let made: unknown;

const complain = (what: string) => {
  if (problems.length >= 20) return;
  const shown = inspect(made, { depth: 6, maxStringLength: 400, maxArrayLength: 20, breakLength: 160 });
  problems.push(`case ${current}: ${what}\n  ${shown.slice(0, 1500)}`);
};
process.on('unhandledRejection', (error) => complain(`rejected where nobody heard it: ${inspect(error)}`));
process.on('uncaughtException', (error) => complain(`thrown where nobody caught it: ${inspect(error)}`));

const started = performance.now();
const open = await boundary.open({ folder, forbidden, canary });
for (current = Number(first); current < Number(first) + Number(count); current++) {
  writeSync(at, String(current).padEnd(12), 0);
  made = undefined;
  const outcome = await playOnce(current);
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}
await open.close();
// What has been put off is heard as well.
await new Promise((resolve) => setImmediate(resolve));

const report: FuzzReport = {
  boundary: name,
  played: Number(count),
  outcomes,
  problems,
  mostMemory: process.resourceUsage().maxRSS * 1024,
  seconds: (performance.now() - started) / 1000,
};
writeFileSync(join(folder, '..', 'report.json'), JSON.stringify(report));
process.exit(0);

async function playOnce(number: number): Promise<string> {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve('too slow'), LONGEST_CASE_MS);
  try {
    const outcome = await Promise.race([
      open.play(createDice(seed, name, number), (value) => {
        made = value;
      }),
      late,
    ]);
    if (outcome === 'too slow') complain(`takes longer than ${LONGEST_CASE_MS / 1000} s`);
    if (sightingsOf(canary, outcome).length > 0) complain('the canary is in what came of it');
    return outcome.slice(0, 60);
  } catch (error) {
    if (!(error instanceof ArtError)) {
      complain(`threw ${inspect(error, { depth: 3 }).slice(0, 1500)}`);
      return 'crashed';
    }
    checkMessage(error);
    return error.code;
  } finally {
    clearTimeout(timer);
  }
}

/** What is shown of a refusal holds no key and nothing that a terminal would obey. */
function checkMessage(error: ArtError): void {
  const { message, hint = '', code, data } = error;
  const whole = `${inspect(error, { depth: 8, maxStringLength: null })}\n${JSON.stringify(data)}\n${hint}`;
  for (const sighting of sightingsOf(canary, whole)) complain(`the canary is in ${code}: ${sighting}`);
  if (!/^[A-Z][A-Z0-9_]+$/.test(code)) complain(`has the code ${code}`);
  if (message === '' || message.length > 20_000)
    complain(`${code} has a message of ${message.length} characters`);
}
