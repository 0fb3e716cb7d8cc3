import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The command line of this clone. */
const ART = fileURLToPath(new URL('../../bin/art.js', import.meta.url));

/** How a run of `art` ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `art`. */
export interface RunningArt {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts `art` as a user would, in a folder. */
export function startArt(
  args: readonly string[],
  {
    cwd,
    env = {},
    within = [],
  }: { cwd: string; env?: NodeJS.ProcessEnv; within?: readonly string[] | undefined },
): RunningArt {
  const [program = process.execPath, ...before] = [...within, process.execPath];
  const child = spawn(program, [...before, ART, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part;
  });
  const ended = once(child, 'close').then(() => ({
    code: child.exitCode,
    signal: child.signalCode,
    stdout,
    stderr,
  }));
  return { child, ended };
}

/** Runs `art` to its end. */
export function runArt(
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  return startArt(args, options).ended;
}
