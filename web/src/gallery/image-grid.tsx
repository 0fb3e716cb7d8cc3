import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import styles from './image-grid.module.css';

/** A cell is at least so wide, in rem; on a phone two stand side by side. */
const CELL_REM = 12.5;
const GAP_REM = 1;
/** What stands under the picture. */
const CAPTION_REM = 6.75;
/** Rows beyond the edges of the window that are rendered before they are seen. */
const OVERSCAN_ROWS = 2;
/** Keeps a row that a key went to clear of the bar at the top. */
const TOP_REM = 5;

/** How the page moves through the grid. */
export interface GridPosition {
  /** The place that keys start from. */
  readonly place: number;
  /** Counts up whenever the focus is to go there. */
  readonly focus: number;
}

/**
 * A grid as long as one likes: only the rows near the window are there. A list to screen readers, each item
 * with its place in it.
 *
 * @param count - how many items there are
 * @param position - where the focus goes; its row is always there
 * @param onFocus - is told in which item the focus is
 * @param onRange - is told which items are shown
 * @param onColumns - is told how many stand in a row
 */
export function ImageGrid({
  count,
  label,
  position,
  onFocus,
  onRange,
  onColumns,
  children,
}: {
  readonly count: number;
  readonly label: string;
  readonly position: GridPosition;
  readonly onFocus: (place: number) => void;
  readonly onRange: (first: number, last: number) => void;
  readonly onColumns: (columns: number) => void;
  readonly children: (place: number) => ReactNode;
}) {
  const grid = useRef<HTMLUListElement>(null);
  const { width, top, rem } = useBox(grid);
  const gap = GAP_REM * rem;
  const columns = Math.max(
    width > 0 && width < 30 * rem ? 2 : 1,
    Math.floor((width + gap) / (CELL_REM * rem + gap)),
  );
  const rows = Math.ceil(count / columns);
  const cellWidth = (width - gap * (columns - 1)) / columns;
  const rowHeight = Math.round(cellWidth + CAPTION_REM * rem);
  const focusRow = Math.min(Math.floor(position.place / columns), rows - 1);
  const virtualizer = useWindowVirtualizer<HTMLLIElement>({
    count: width === 0 ? 0 : rows,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN_ROWS,
    gap,
    scrollMargin: top,
    scrollPaddingStart: TOP_REM * rem,
    scrollPaddingEnd: gap,
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range);
      // The row with the focus stays, or the focus would be lost with it.
      return focusRow < 0 || shown.includes(focusRow) ? shown : [...shown, focusRow].sort((a, b) => a - b);
    },
  });
  const shown = virtualizer.getVirtualItems();
  const { startIndex = 0, endIndex = 0 } = virtualizer.range ?? {};
  const first = Math.max(0, startIndex - OVERSCAN_ROWS) * columns;
  const last = Math.min(count - 1, (endIndex + 1 + OVERSCAN_ROWS) * columns - 1);

  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are read again when the width has changed
  useEffect(() => virtualizer.measure(), [rowHeight]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: told when the range changes, not when the listener does
  useEffect(() => onRange(first, last), [first, last]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  useEffect(() => onColumns(columns), [columns]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the counter says when
  useLayoutEffect(() => {
    if (position.focus === 0) return;
    virtualizer.scrollToIndex(focusRow, { align: 'auto' });
    const item = grid.current?.querySelector<HTMLElement>(`[data-place="${position.place}"] [data-open]`);
    item?.focus({ preventScroll: true });
  }, [position.focus]);

  return (
    <ul ref={grid} className={styles.grid} aria-label={label} style={{ height: virtualizer.getTotalSize() }}>
      {shown.flatMap(({ index, start }) =>
        placesOf(index, columns, count).map((place, column) => (
          <li
            key={place}
            aria-setsize={count}
            aria-posinset={place + 1}
            data-place={place}
            onFocus={() => onFocus(place)}
            className={styles.cell}
            style={{
              width: cellWidth,
              height: rowHeight,
              transform: `translate(${column * (cellWidth + gap)}px, ${start - top}px)`,
            }}
          >
            {children(place)}
          </li>
        )),
      )}
    </ul>
  );
}

function placesOf(row: number, columns: number, count: number): number[] {
  const first = row * columns;
  return Array.from({ length: Math.min(columns, count - first) }, (_, index) => first + index);
}

/** The grid's width, its place on the page and the size of a letter; kept up with. */
function useBox(element: React.RefObject<HTMLElement | null>) {
  const [box, setBox] = useState({ width: 0, top: 0, rem: 16 });
  useLayoutEffect(() => {
    const measure = () => {
      if (element.current === null) return;
      const { width, top } = element.current.getBoundingClientRect();
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      const next = { width, top: Math.round(top + window.scrollY), rem };
      setBox((known) =>
        known.width === next.width && known.top === next.top && known.rem === next.rem ? known : next,
      );
    };
    measure();
    // What stands above may grow (filters, notices): then the grid begins further down.
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    if (element.current !== null) observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return box;
}
