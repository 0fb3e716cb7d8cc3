/**
 * Does work that Ctrl-C and SIGTERM stop, and waits until it has cleaned up; a second one ends the process at once.
 * Then it says so, and the command ends with 130.
 *
 * @param work gets the signal that tells it to stop
 * @returns `undefined` where it was interrupted
 */
export async function untilInterrupted<Result>(
  { json }: { readonly json?: boolean },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> {
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write(json ? '{"event":"interrupted"}\n' : 'Interrupted; nothing was written.\n');
    process.exitCode = 130;
    return undefined;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
