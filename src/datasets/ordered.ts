/**
 * Does work on items, so many at once, and gives the results in the items' order.
 *
 * @param concurrency at least 1; no more items are taken than are worked on
 * @throws what the work throws, when it is that item's turn
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const waiting: Promise<Result>[] = [];
  for await (const item of items) {
    const working = work(item);
    // Whoever waits for its turn hears of it then.
    working.catch(() => undefined);
    waiting.push(working);
    if (waiting.length >= concurrency) {
      const first = waiting.shift();
      if (first !== undefined) yield await first;
    }
  }
  for (const rest of waiting) yield await rest;
}
