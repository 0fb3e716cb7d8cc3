/** Ends after that time, even where the task takes no notice of its signal. */
export async function inTime<T>(ms: number, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  // A timer of its own, for the one of AbortSignal.timeout does not keep the process up.
  const timer = setTimeout(() => {
    const reason = new DOMException(`gave no answer within ${ms / 1_000} s`, 'TimeoutError');
    over.abort(reason);
    reject(reason);
  }, ms);
  try {
    return await Promise.race([task(over.signal), promise]);
  } finally {
    clearTimeout(timer);
  }
}
