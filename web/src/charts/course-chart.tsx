import { areaY, axisX, axisY, dot, gridY, line, ruleX } from '@observablehq/plot';
import { useCallback } from 'react';
import type { Share } from '../../../src/report/report-model.ts';
import { Plot } from './plot.tsx';

/** A ratio at a place along an axis. */
export interface CoursePoint {
  /** A number, or the name of a place of which `places` gives the order. */
  readonly at: number | string;
  readonly share: Share;
}

/** One line of a chart. */
export interface Course {
  readonly name: string;
  readonly points: readonly CoursePoint[];
  readonly color: string;
  readonly dashed?: boolean;
  /** Whether its intervals are shown: as a band along numbers, as lines at named places. */
  readonly intervals: boolean;
}

/** Ratios along an axis: rounds, guidance scales, sizes. */
export function CourseChart({
  label,
  axis,
  courses,
  places,
  height = 260,
  highest,
}: {
  readonly label: string;
  /** What the axis is. */
  readonly axis: string;
  readonly courses: readonly Course[];
  /** The order of named places; without, the axis is of numbers. */
  readonly places?: readonly string[] | undefined;
  readonly height?: number;
  /** The upper end in per cent, where several charts are to compare; default: as the data needs. */
  readonly highest?: number | undefined;
}) {
  const options = useCallback(
    (width: number) => {
      const shares = courses.flatMap(({ points, intervals }) =>
        points.flatMap(({ share }) => [share.percent ?? 0, intervals ? (share.interval?.high ?? 0) : 0]),
      );
      const top = highest ?? Math.min(100, Math.max(5, ...shares) * 1.04);
      const small = width < 300;
      return {
        height,
        marginLeft: 54,
        marginRight: 14,
        marginTop: 12,
        marginBottom: 40,
        x:
          places === undefined
            ? { nice: false, inset: 6 }
            : { type: 'point' as const, domain: places, padding: 0.3 },
        y: { domain: [0, top] },
        marks: [
          gridY({ stroke: 'var(--grid)', strokeOpacity: 1, ticks: small ? 3 : 5 }),
          axisY({
            label: null,
            tickSize: 0,
            ticks: small ? 3 : 5,
            tickFormat: (tick: number) => `${tick} %`,
          }),
          axisX({
            label: axis,
            labelAnchor: 'center',
            labelArrow: 'none',
            tickSize: 0,
            ...(places === undefined
              ? { ticks: wholeTicks(courses, small ? 4 : 11), tickFormat: (tick: number) => String(tick) }
              : {}),
            ...(places !== undefined && small
              ? { tickFormat: (place: string) => place.split('x')[0] ?? place }
              : {}),
          }),
          ...courses.flatMap((course) => marksOf(course, places === undefined)),
        ],
      };
    },
    [axis, courses, places, height, highest],
  );
  return <Plot label={label} options={options} />;
}

function marksOf({ points, color, dashed = false, intervals }: Course, along: boolean) {
  const known = points.filter(({ share }) => share.percent !== null);
  const sure = known.filter(({ share }) => share.interval !== null);
  const ends = {
    y1: ({ share }: CoursePoint) => share.interval?.low ?? null,
    y2: ({ share }: CoursePoint) => share.interval?.high ?? null,
  };
  const band = along
    ? areaY(sure, { x: 'at', ...ends, fill: color, fillOpacity: 0.16 })
    : ruleX(sure, {
        x: 'at',
        ...ends,
        stroke: color,
        strokeOpacity: 0.4,
        strokeWidth: 5,
        strokeLinecap: 'round',
      });
  const y = ({ share }: CoursePoint) => share.percent;
  return [
    ...(intervals ? [band] : []),
    line(known, {
      x: 'at',
      y,
      stroke: color,
      strokeWidth: 2,
      ...(dashed ? { strokeDasharray: '5 4' } : {}),
    }),
    dot(known, {
      x: 'at',
      y,
      r: known.length > 30 ? 2.2 : 4,
      fill: dashed ? 'var(--paper)' : color,
      stroke: dashed ? color : 'var(--paper)',
      strokeWidth: dashed ? 1.8 : 1,
    }),
  ];
}

/** Ticks at numbers that occur: there is no round two and a half. */
function wholeTicks(courses: readonly Course[], most: number): number[] {
  const places = [
    ...new Set(
      courses.flatMap(({ points }) => points.flatMap(({ at }) => (typeof at === 'number' ? at : []))),
    ),
  ].toSorted((a, b) => a - b);
  const step = Math.max(1, Math.ceil(places.length / most));
  return places.filter((_, place) => place % step === 0);
}
