import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CANARY, sightingsOf } from '../support/canary.ts';
import { type FuzzReport, LONGEST_CASE_MS } from './boundary.ts';

const PLAYER = fileURLToPath(new URL('./play-boundary.ts', import.meta.url));
/** V8's second compiler takes half a gigabyte for PGlite's program alone, and what is measured is what a case takes. */
const FLAGS = ['--liftoff-only'];
const LOOK_MS = 1_000;

/** What came of a boundary, its process included. */
export interface Played {
  readonly report: FuzzReport | undefined;
  /** Everything that went wrong: in a case, with the process, around its folder. */
  readonly problems: readonly string[];
}

/**
 * Plays cases of a boundary in a process of its own, in a folder whose neighbours are watched, with the canary in its
 * environment. A process that ends or does not go on is told of with the case that it was at.
 *
 * @param first the first case's number
 * @param store a data folder that boundaries with a store copy
 */
export async function playInProcess(
  boundary: string,
  seed: number,
  first: number,
  count: number,
  store: string,
): Promise<Played> {
  const root = mkdtempSync(join(tmpdir(), 'art-fuzz-'));
  try {
    for (const name of ['inside', 'inside/tmp', 'forbidden', 'home']) mkdirSync(join(root, name));
    writeFileSync(join(root, 'forbidden', 'kept.txt'), `kept, ${CANARY}`);
    writeFileSync(join(root, 'home', '.profile'), 'kept');
    const before = snapshot(root);
    const { ended, output } = await run(root, store, [boundary, String(seed), String(first), String(count)]);
    const problems = [
      ...(ended === undefined ? [] : [`${ended} at case ${caseAt(root)}:\n${output.slice(-2_000)}`]),
      ...sightingsOf(CANARY, output).map((sighting) => `the canary was printed:\n${sighting}`),
      ...differences(before, snapshot(root)).map((path) => `${path} was changed, made or removed`),
    ];
    const report = readReport(root);
    return { report, problems: [...problems, ...(report?.problems ?? [])] };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function run(
  root: string,
  store: string,
  args: readonly string[],
): Promise<{ ended: string | undefined; output: string }> {
  const inside = join(root, 'inside');
  const keys = ['OPENAI_API_KEY', 'HF_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'ART_FUZZ_CANARY'];
  const child = spawn(process.execPath, [...FLAGS, PLAYER, ...args, inside, join(root, 'forbidden')], {
    cwd: inside,
    env: {
      PATH: process.env.PATH,
      HOME: join(root, 'home'),
      TMPDIR: join(inside, 'tmp'),
      NO_COLOR: '1',
      ART_FUZZ_STORE: store,
      ...Object.fromEntries(keys.map((key) => [key, CANARY])),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      if (output.length < 1_000_000) output += part;
    });
  }
  // A loop that lets nobody else run stops the clock in the process as well.
  let [last, since] = [caseAt(root), Date.now()];
  let isHanging = false;
  const watch = setInterval(() => {
    const now = caseAt(root);
    if (now !== last) [last, since] = [now, Date.now()];
    else if (now >= 0 && Date.now() - since > LONGEST_CASE_MS * 2) {
      isHanging = true;
      child.kill('SIGKILL');
    }
  }, LOOK_MS);
  try {
    const [code, signal]: unknown[] = await once(child, 'close');
    const ended = code === 0 ? undefined : `the process ended with ${String(code ?? signal)}`;
    return { ended: isHanging ? 'nothing went on' : ended, output };
  } finally {
    clearInterval(watch);
  }
}

/** The number of the case that is being played; −1 before the first. */
function caseAt(root: string): number {
  try {
    return Number(readFileSync(join(root, 'case'), 'utf8').trim() || -1);
  } catch {
    // The process has not begun.
    return -1;
  }
}

function readReport(root: string): FuzzReport | undefined {
  try {
    const report: FuzzReport = JSON.parse(readFileSync(join(root, 'report.json'), 'utf8'));
    return report;
  } catch {
    // The process has told how it ended.
    return undefined;
  }
}

/** Everything outside of the folder that may be written to, with its content. */
function snapshot(root: string): Map<string, string> {
  const seen = new Map<string, string>();
  const walk = (folder: string) => {
    for (const name of readdirSync(join(root, folder))) {
      const path = join(folder, name);
      if (path === 'inside' || path === 'case' || path === 'report.json') continue;
      const found = lstatSync(join(root, path));
      if (found.isDirectory()) walk(path);
      else if (found.isSymbolicLink()) seen.set(path, `→ ${readlinkSync(join(root, path))}`);
      else seen.set(path, readFileSync(join(root, path), 'latin1'));
      if (found.isDirectory()) seen.set(`${path}/`, '');
    }
  };
  walk('');
  return seen;
}

function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
}
