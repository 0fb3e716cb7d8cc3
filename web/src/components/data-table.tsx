import type { Table } from '../../../src/report/tables.ts';
import { visibleText } from '../format/words.ts';
import styles from './data-table.module.css';

/**
 * A table of the report, as every format has it. It scrolls sideways by itself where it is too wide.
 *
 * @param caption - its title; where the heading above says it already, it can be left to screen readers
 */
export function DataTable({
  table,
  caption = 'hidden',
}: {
  readonly table: Table;
  readonly caption?: 'shown' | 'hidden';
}) {
  const { title, columns, rows, groups, total = false, textColumns = 1 } = table;
  const align = (column: number) => (column < textColumns ? styles.text : undefined);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label={title}>
      <table className={styles.table}>
        <caption className={caption === 'hidden' ? 'visually-hidden' : undefined}>{title}</caption>
        <thead>
          {groups !== undefined && (
            <tr>
              {keyed(groups).map(([key, { title: group, columns: span }]) => (
                <th key={key} colSpan={span} scope="colgroup">
                  {visibleText(group)}
                </th>
              ))}
            </tr>
          )}
          <tr>
            {keyed(columns).map(([key, column]) => (
              <th key={key} scope="col" className={align(key)}>
                {visibleText(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {keyed(rows).map(([place, row]) => (
            <tr key={place} className={total && place === rows.length - 1 ? styles.total : undefined}>
              {keyed(row).map(([key, cell]) =>
                key === 0 ? (
                  <th key={key} scope="row" className={align(key)}>
                    {visibleText(cell)}
                  </th>
                ) : (
                  <td key={key} className={align(key)}>
                    {visibleText(cell)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Cells have no names of their own: their place is what they are. */
function keyed<Item>(items: readonly Item[]): [number, Item][] {
  return [...items.entries()];
}
