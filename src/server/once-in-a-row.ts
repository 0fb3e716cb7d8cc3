import { messageOf } from '../errors.ts';

/**
 * Tells a problem on, but not the same one again and again: every page that watches asks anew once a second.
 */
export function onceInARow(tell: (error: unknown) => void): (error: unknown) => void {
  let last: string | undefined;
  return (error) => {
    const message = messageOf(error);
    if (message === last) return;
    last = message;
    tell(error);
  };
}
