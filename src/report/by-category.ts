import type { CountedRecord, CountedTurn } from './counted-record.ts';

/** The turns of one category; `null`: of all together. */
export interface TurnsOfCategory {
  readonly category: string | null;
  readonly turns: readonly CountedTurn[];
}

/** A campaign's turns by category, the categories in the order of the plan, then all together. */
export function byCategory({ categories, turns }: CountedRecord): TurnsOfCategory[] {
  const grouped = Map.groupBy(turns, ({ conversation }) => conversation.category);
  return [
    ...categories.map((category) => ({ category, turns: grouped.get(category) ?? [] })),
    { category: null, turns },
  ];
}
