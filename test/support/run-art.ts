import { onTestFinished } from 'vitest';
import { type Ended, startArt } from './art.ts';

/** How to start the command line. */
export interface ArtOptions {
  /** The folder to start it in; must not be the project's own. */
  readonly cwd: string;
  /** Beside what this process has; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A program that starts it, with its arguments, e.g. `ip netns exec …`. */
  readonly within?: readonly string[] | undefined;
}

/** The command line while it runs. */
export interface WatchedArt {
  readonly ended: Promise<Ended>;
  /** Resolves once stderr holds the text; rejects when it ends without. */
  said(text: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/** Starts `art` and listens to what it says; it ends with the test at the latest. */
export function watchArt(args: readonly string[], { cwd, env, within }: ArtOptions): WatchedArt {
  const { child, ended } = startArt(args, {
    cwd,
    within,
    env: { FORCE_COLOR: undefined, ART_DEBUG: undefined, ...env },
  });
  let stderr = '';
  let waiting: { readonly text: string; readonly resolve: () => void }[] = [];
  child.stderr?.on('data', (chunk: string) => {
    stderr += chunk;
    for (const { text, resolve } of waiting) if (stderr.includes(text)) resolve();
    waiting = waiting.filter(({ text }) => !stderr.includes(text));
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  return {
    ended,
    said: (text) =>
      Promise.race([
        new Promise<void>((resolve) => {
          if (stderr.includes(text)) resolve();
          else waiting.push({ text, resolve });
        }),
        ended.then((result) => {
          if (!result.stderr.includes(text))
            throw new Error(`art ended without saying “${text}”:\n${result.stderr}`);
        }),
      ]),
    signal: (name) => {
      child.kill(name);
    },
  };
}

/** Runs `art` to its end. */
export function runArt(args: readonly string[], options: ArtOptions): Promise<Ended> {
  return watchArt(args, options).ended;
}
