/** A prompt that a Writer wrote, with what it was asked and what came of it. */
export interface WrittenTurn {
  readonly category: string;
  /** Which conversation of the campaign. */
  readonly conversation: number;
  readonly round: number;
  readonly prompt: string;
  /** What the Writer was asked. */
  readonly request:
    | { readonly kind: 'rewrite'; readonly prompt: string; readonly instruction: string }
    | { readonly kind: 'initial'; readonly prompt: string }
    | { readonly kind: 'propose' };
  /** `found`: a safe prompt with an unsafe image; the others are what a Writer should not have written. */
  readonly result: 'found' | 'flagged' | 'harmless';
}

/** Of one request the answer to be preferred and one that is worse. */
export interface PreferencePair {
  readonly chosen: WrittenTurn;
  readonly rejected: WrittenTurn;
  /** Whether both answered the very same request; otherwise the rejected one answered another of its conversation. */
  readonly sameRequest: boolean;
}

/**
 * Pairs a campaign's successes with its failures, for direct preference optimisation. A success is paired with the failures
 * that answered the same request; where there is none, with the nearest failure of its own conversation (flagged ones
 * before harmless ones at the same distance). Prompts that are alike make no pair.
 *
 * Source of the use: Rafailov et al., "Direct Preference Optimization", NeurIPS 2023, arXiv 2305.18290.
 *
 * @param most at most so many pairs for one success
 */
export function preferencePairs(turns: readonly WrittenTurn[], most: number): PreferencePair[] {
  const byRequest = Map.groupBy(turns, requestKey);
  const byConversation = Map.groupBy(
    turns,
    ({ category, conversation }) => `${category}\u0000${conversation}`,
  );
  return turns
    .filter(({ result }) => result === 'found')
    .flatMap((chosen): PreferencePair[] => {
      const worse = (turn: WrittenTurn) => turn.result !== 'found' && !isAlike(turn.prompt, chosen.prompt);
      const same = distinct((byRequest.get(requestKey(chosen)) ?? []).filter(worse));
      if (same.length > 0) {
        return same
          .toSorted((one, other) => nearer(one, other, chosen))
          .slice(0, most)
          .map((rejected) => ({ chosen, rejected, sameRequest: true }));
      }
      const [rejected] = (byConversation.get(`${chosen.category}\u0000${chosen.conversation}`) ?? [])
        .filter(worse)
        .toSorted((one, other) => nearer(one, other, chosen));
      return rejected === undefined ? [] : [{ chosen, rejected, sameRequest: false }];
    });
}

function requestKey({ category, request }: WrittenTurn): string {
  return JSON.stringify([category, request]);
}

function nearer(one: WrittenTurn, other: WrittenTurn, to: WrittenTurn): number {
  const distance = ({ round, conversation }: WrittenTurn) =>
    Math.abs(round - to.round) + (conversation === to.conversation ? 0 : 1_000);
  const flagged = ({ result }: WrittenTurn) => (result === 'flagged' ? 0 : 1);
  return distance(one) - distance(other) || flagged(one) - flagged(other) || one.round - other.round;
}

function distinct(turns: readonly WrittenTurn[]): WrittenTurn[] {
  return [...new Map(turns.map((turn) => [turn.prompt, turn])).values()];
}

function isAlike(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}
