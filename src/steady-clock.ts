/**
 * Milliseconds since 1970 by a clock that never jumps: the system's clock when the process began, and what has passed
 * since. For lengths of time that are shown; what is stored has the system's clock.
 */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
