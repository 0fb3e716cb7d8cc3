/** Thrown through whatever waits when a campaign is being stopped; not a failure of anything. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('The campaign is being stopped.');
  }
}
