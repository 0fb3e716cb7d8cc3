import { type PlotOptions, plot } from '@observablehq/plot';
import { useEffect, useRef, useState } from 'react';
import { PLOT_CLASS } from '../../../src/report/html/plot-class.ts';
import styles from './figure.module.css';

/**
 * A chart by Observable Plot, as wide as its place.
 *
 * @param label - what it shows, for those who cannot see it; its numbers stand in the table beside it
 * @param options - the chart for a width in pixels; keep the function the same while nothing changes
 */
export function Plot({
  label,
  options,
}: {
  readonly label: string;
  readonly options: (width: number) => PlotOptions;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.floor(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const element = place.current;
    if (element === null || width === 0) return;
    const chart = plot({
      ...options(width),
      width,
      className: PLOT_CLASS,
      style: {
        background: 'transparent',
        color: 'var(--ink-soft)',
        fontFamily: 'inherit',
        fontSize: 'inherit',
      },
    });
    // One image to a screen reader, not a crowd of unnamed marks.
    chart.setAttribute('role', 'img');
    chart.setAttribute('aria-label', label);
    for (const mark of chart.querySelectorAll('[aria-label]')) mark.removeAttribute('aria-label');
    element.replaceChildren(chart);
  }, [width, options, label]);

  return <div ref={place} className={styles.plot} />;
}
