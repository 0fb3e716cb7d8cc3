/**
 * The items in random order.
 *
 * Source: Fisher and Yates, as Durstenfeld's Algorithm 235 (1964).
 *
 * @param random from 0 up to, not including, 1
 */
export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [one, two] = [order[last], order[other]];
    if (one === undefined || two === undefined) continue;
    [order[last], order[other]] = [two, one];
  }
  return order;
}
