import { Interrupted } from './interrupted.ts';

/** A signal that aborts with {@link Interrupted} so many milliseconds after another one; until then it can be taken back. */
export function callSoonAfter(
  stop: AbortSignal,
  ms: number,
): { readonly signal: AbortSignal; cancel(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onStop = () => {
    timer = setTimeout(() => controller.abort(new Interrupted()), ms);
  };
  if (stop.aborted) onStop();
  else stop.addEventListener('abort', onStop, { once: true });
  return {
    signal: controller.signal,
    cancel: () => {
      stop.removeEventListener('abort', onStop);
      clearTimeout(timer);
    },
  };
}
