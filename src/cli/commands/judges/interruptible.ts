/** What came of interruptible work. */
export type Outcome<Result> =
  | { readonly interrupted: false; readonly result: Result }
  | { readonly interrupted: true };

/**
 * Does work that Ctrl-C and SIGTERM stop; a second one ends the process at once.
 *
 * @param work gets the signal that tells it to stop; what it throws then is taken for having stopped
 */
export async function interruptible<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Outcome<Result>> {
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return { interrupted: false, result: await work(stop.signal) };
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
