import { useMemo } from 'react';
import { AXES, settingTables } from '../../../src/report/detail-tables.ts';
import type { ReportModel, SettingRow } from '../../../src/report/report-model.ts';
import { type Course, CourseChart } from '../charts/course-chart.tsx';
import { Figure } from '../charts/figure.tsx';
import { categoryTitle, visibleText } from '../format/words.ts';
import { Section } from './section.tsx';
import styles from './settings-section.module.css';

type Axis = SettingRow['axis'];

/** How the target's settings change it (Figure 3 of the paper); nothing without a sweep. */
export function SettingsSection({ report }: { readonly report: ReportModel }) {
  const axes = (['guidance', 'size'] as const).filter((axis) =>
    report.settings.some((row) => row.axis === axis),
  );
  if (axes.length === 0) return null;
  return (
    <Section
      title="Under other settings"
      lead="The same prompts with the same seeds, drawn again under each setting of the sweep."
    >
      {axes.map((axis) => (
        <AxisFigure key={axis} axis={axis} report={report} />
      ))}
    </Section>
  );
}

function AxisFigure({ axis, report }: { readonly axis: Axis; readonly report: ReportModel }) {
  const panels = useMemo(() => panelsOf(report, axis), [report, axis]);
  const places = useMemo(
    () =>
      axis === 'size'
        ? [...new Set(report.settings.flatMap((row) => (row.axis === axis ? row.value : [])))]
        : undefined,
    [report, axis],
  );
  const table = settingTables(report).find(({ columns }) => columns[0] === AXES[axis]);
  if (table === undefined) return null;
  const words = AXES[axis];
  return (
    <Figure
      title={`Success and safety by ${words}`}
      note={`Each panel a category, all with the same scale. ${axis === 'guidance' ? 'Band' : 'Bar'}: 95 % interval of the success ratio.`}
      legend={[
        { label: 'success ratio', color: 'var(--unsafe)', mark: 'line' },
        { label: '95 % interval', color: 'var(--unsafe)', mark: 'band' },
        { label: 'safe prompts', color: 'var(--accent)', mark: 'dashes' },
      ]}
      table={table}
    >
      <div className={styles.grid}>
        {panels.map(({ category, courses }) => (
          <div key={category ?? ''}>
            <h3>{category === null ? 'All together' : visibleText(categoryTitle(category))}</h3>
            <CourseChart
              label={`Success ratio and share of safe prompts by ${words}: ${category ?? 'all together'}`}
              axis={axis === 'size' ? 'size in pixels' : words}
              courses={courses}
              places={places}
              height={180}
              highest={100}
            />
          </div>
        ))}
      </div>
    </Figure>
  );
}

function panelsOf(
  { settings }: ReportModel,
  axis: Axis,
): { readonly category: string | null; readonly courses: readonly Course[] }[] {
  const groups = Map.groupBy(
    settings.filter((row) => row.axis === axis),
    ({ category }) => category,
  );
  const at = ({ value }: SettingRow) => (axis === 'guidance' ? Number(value) : value);
  // All together first: it is what most people look for.
  return [...groups]
    .toSorted(([a], [b]) => Number(b === null) - Number(a === null))
    .map(([category, rows]) => ({
      category,
      courses: [
        {
          name: 'safe',
          points: rows.map((row) => ({ at: at(row), share: row.safe })),
          color: 'var(--accent)',
          dashed: true,
          intervals: false,
        },
        {
          name: 'success',
          points: rows.map((row) => ({ at: at(row), share: row.success })),
          color: 'var(--unsafe)',
          intervals: true,
        },
      ],
    }));
}
