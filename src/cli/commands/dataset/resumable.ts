import { interruptible } from '../judges/interruptible.ts';

/**
 * Does work that Ctrl-C stops, and says that what was got is kept.
 *
 * @param got how many answers are kept already
 */
export async function resumable(
  work: (stop: AbortSignal) => Promise<void>,
  got: () => number,
): Promise<void> {
  const outcome = await interruptible(work);
  if (!outcome.interrupted) return;
  process.stderr.write(`Interrupted; ${got()} answers are kept. The same command goes on.\n`);
  // A request may still be under way, and nobody waits for it.
  process.exit(130);
}
