/** So many times as long as a look took nobody looks again: watching costs at most about a tenth of the time. */
const PAUSE_FACTOR = 10;
/** Whoever waits for the end of a campaign hears of it within this time. */
const LONGEST_PAUSE_MS = 10_000;

/**
 * One look for all who watch the same campaign: whoever asks while one is under way, or shortly after, gets its
 * answer.
 *
 * @param look asks the store
 * @param now milliseconds of any clock
 */
export function sharedLook<T>(
  look: (campaign: string) => Promise<T>,
  now: () => number = () => performance.now(),
): (campaign: string) => Promise<T> {
  const looks = new Map<string, { readonly answer: Promise<T>; staleAt: number }>();
  return (campaign) => {
    const begun = now();
    const known = looks.get(campaign);
    if (known !== undefined && begun < known.staleAt) return known.answer;
    const current = { answer: look(campaign), staleAt: Number.POSITIVE_INFINITY };
    looks.set(campaign, current);
    current.answer.then(
      () => {
        const ended = now();
        current.staleAt = ended + Math.min(LONGEST_PAUSE_MS, PAUSE_FACTOR * (ended - begun));
      },
      // What failed is tried again by the next one; whoever asked has been told.
      () => {
        current.staleAt = Number.NEGATIVE_INFINITY;
      },
    );
    return current.answer;
  };
}
