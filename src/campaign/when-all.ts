import { Interrupted } from './interrupted.ts';

/**
 * Waits for all tasks, also where one fails, so that nothing is still at work when the error is passed on.
 *
 * @throws the first error that is more than an interruption; else the interruption
 */
export async function whenAll<const Tasks extends readonly Promise<unknown>[]>(
  tasks: Tasks,
): Promise<{ -readonly [Place in keyof Tasks]: Awaited<Tasks[Place]> }> {
  const settled = await Promise.allSettled(tasks);
  const errors = settled
    .filter((result) => result.status === 'rejected')
    .map(({ reason }): unknown => reason);
  if (errors.length > 0) throw errors.find((error) => !(error instanceof Interrupted)) ?? errors[0];
  return await Promise.all(tasks);
}
