/** What came of interruptible work. */
export type Outcome<Result> =
  | { readonly interrupted: false; readonly result: Result }
  | { readonly interrupted: true };

/**
 * Does work that Ctrl-C and SIGTERM stop. Nobody waits for what does not stop at once (a download, a
 * judge that does not answer): whoever is told of the interruption ends the process.
 *
 * @param work gets the signal that tells it to stop
 */
export async function interruptible<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Outcome<Result>> {
  const stop = new AbortController();
  const { promise: interrupted, resolve } = Promise.withResolvers<Outcome<Result>>();
  const interrupt = () => {
    stop.abort();
    resolve({ interrupted: true });
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await Promise.race([
      work(stop.signal).then((result): Outcome<Result> => ({ interrupted: false, result })),
      interrupted,
    ]);
  } catch (error) {
    if (stop.signal.aborted) return { interrupted: true };
    throw error;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

/** Says that nothing was written, and ends the process: a judge may still be at work. */
export function exitInterrupted({ json }: { readonly json?: boolean }): never {
  process.stderr.write(json ? '{"event":"interrupted"}\n' : 'Interrupted; nothing was written.\n');
  process.exit(130);
}
