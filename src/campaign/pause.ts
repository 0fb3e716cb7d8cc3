/** Waits; less long when `stop` aborts. */
export async function pause(milliseconds: number, stop?: AbortSignal): Promise<void> {
  if (stop?.aborted || milliseconds <= 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const wake = () => resolve();
  stop?.addEventListener('abort', wake, { once: true });
  await promise;
  clearTimeout(timer);
  stop?.removeEventListener('abort', wake);
}
