import type { ReactNode } from 'react';
import type { Table } from '../../../src/report/tables.ts';
import { DataTable } from '../components/data-table.tsx';
import styles from './figure.module.css';

/** What a mark of a chart stands for. */
export interface LegendEntry {
  readonly label: string;
  readonly color: string;
  readonly mark: 'dot' | 'square' | 'line' | 'dashes' | 'band';
}

/**
 * A chart with its title, a caption that says what its intervals are, and its numbers as a table, for those
 * who read them and those who cannot see the chart.
 */
export function Figure({
  title,
  note,
  legend = [],
  table,
  children,
}: {
  readonly title: string;
  readonly note: ReactNode;
  readonly legend?: readonly LegendEntry[];
  readonly table: Table;
  readonly children: ReactNode;
}) {
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.caption}>
        <span className={styles.title}>{title}</span>
        <span className={styles.note}>{note}</span>
      </figcaption>
      {legend.length > 0 && (
        <ul className={styles.legend} aria-label="Legend">
          {legend.map((entry) => (
            <li key={entry.label}>
              <Key {...entry} />
              {entry.label}
            </li>
          ))}
        </ul>
      )}
      {children}
      <details className={styles.data}>
        <summary>
          Numbers<span className="visually-hidden"> of the chart {title}</span>
        </summary>
        <DataTable table={table} />
      </details>
    </figure>
  );
}

function Key({ mark, color }: LegendEntry) {
  return (
    <svg viewBox="0 0 24 12" aria-hidden="true">
      {mark === 'dot' && <circle cx="12" cy="6" r="4.5" fill={color} />}
      {mark === 'square' && <rect x="7.5" y="1.5" width="9" height="9" fill={color} />}
      {mark === 'band' && <rect x="1" y="1" width="22" height="10" rx="2" fill={color} fillOpacity="0.25" />}
      {(mark === 'line' || mark === 'dashes') && (
        <path
          d="M1 6H23"
          stroke={color}
          strokeWidth="2.5"
          strokeDasharray={mark === 'dashes' ? '5 3.5' : undefined}
        />
      )}
    </svg>
  );
}
