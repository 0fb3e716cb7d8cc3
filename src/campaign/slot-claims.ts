/** Who else has wanted a slot of an endpoint lately; who says nothing more for a while has got one, or has gone. */
export class SlotClaims {
  readonly #now: () => number;
  readonly #lastsMs: number;
  readonly #claims = new Map<string, { readonly priority: number; readonly at: number }>();

  /** @param now monotonic milliseconds */
  constructor(now: () => number, lastsMs: number) {
    this.#now = now;
    this.#lastsMs = lastsMs;
  }

  get size(): number {
    this.#forgetOld();
    return this.#claims.size;
  }

  note(worker: string, priority: number): void {
    this.#claims.set(worker, { priority, at: this.#now() });
  }

  /** How many want one for something more important than what waits here, and how many for something as important. */
  against(priority: number): { readonly more: number; readonly equal: number } {
    this.#forgetOld();
    const claimed = [...this.#claims.values()];
    return {
      more: claimed.filter((claim) => claim.priority > priority).length,
      equal: claimed.filter((claim) => claim.priority === priority).length,
    };
  }

  /**
   * Grants so many: the most important first, then who has waited longest; who wants more says so again.
   *
   * @returns whose they are; fewer where fewer want one
   */
  grant(number: number): string[] {
    this.#forgetOld();
    const granted = [...this.#claims]
      .sort(([, a], [, b]) => b.priority - a.priority)
      .slice(0, number)
      .map(([worker]) => worker);
    for (const worker of granted) this.#claims.delete(worker);
    return granted;
  }

  #forgetOld(): void {
    const oldest = this.#now() - this.#lastsMs;
    for (const [worker, { at }] of this.#claims) if (at < oldest) this.#claims.delete(worker);
  }
}
