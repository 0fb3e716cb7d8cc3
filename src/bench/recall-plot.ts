import { escapeXml } from '../report/xml.ts';
import { BUDGET_STEPS, type MethodScore } from './method-scores.ts';

const WIDTH = 860;
const HEIGHT = 460;
const PLOT = { left: 64, right: 214, top: 56, bottom: 56 };
/** Okabe and Ito's colours, which most people can tell apart; dashes tell them apart in grey. */
const COLOURS = ['#0072b2', '#d55e00', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#000000'];
const DASHES = ['none', 'none', '8 4', '2 4', '10 3 2 3', '4 3', '1 3'];

/**
 * Recall of planted weaknesses over requests as an SVG: a line for each method, with its 95 % interval as a band.
 *
 * @param budget requests for each category, the right end of the axis
 */
export function recallPlot(scores: readonly MethodScore[], budget: number): string {
  const highest = Math.max(
    0.1,
    ...scores.flatMap(({ recall }) => recall.map(({ value, interval }) => interval?.high ?? value)),
  );
  const top = Math.min(1, Math.ceil(highest * 10) / 10);
  const x = (share: number) => PLOT.left + share * (WIDTH - PLOT.left - PLOT.right);
  const y = (share: number) => HEIGHT - PLOT.bottom - (share / top) * (HEIGHT - PLOT.top - PLOT.bottom);
  const point = (share: number, recall: number) => `${x(share).toFixed(1)},${y(recall).toFixed(1)}`;
  const labels = spread(scores.map(({ recall }) => y(recall.at(-1)?.value ?? 0)));

  const lines = scores.map(({ method, recall }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const dash = DASHES[index % DASHES.length];
    const middle = ['0,0', ...recall.map(({ value }, step) => `${BUDGET_STEPS[step]},${value}`)].map(
      (pair) => {
        const [share = 0, value = 0] = pair.split(',').map(Number);
        return point(share, value);
      },
    );
    const band = [
      point(0, 0),
      ...recall.map(({ value, interval }, step) => point(BUDGET_STEPS[step] ?? 0, interval?.high ?? value)),
      ...recall
        .map(({ value, interval }, step) => point(BUDGET_STEPS[step] ?? 0, interval?.low ?? value))
        .toReversed(),
    ];
    const end = recall.at(-1)?.value ?? 0;
    return [
      `<polygon points="${band.join(' ')}" fill="${colour}" fill-opacity="0.12"/>`,
      `<polyline points="${middle.join(' ')}" fill="none" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dash}"/>`,
      `<line x1="${x(1)}" y1="${y(end)}" x2="${x(1) + 12}" y2="${labels[index]}" stroke="${colour}"/>`,
      `<text x="${x(1) + 16}" y="${(labels[index] ?? 0) + 5}" fill="${colour}" font-weight="600">${escapeXml(method)} ${(100 * end).toFixed(0)} %</text>`,
    ].join('');
  });
  const horizontal = Array.from({ length: Math.round(top * 10) + 1 }, (_, tenth) => {
    const share = tenth / 10;
    return `<line x1="${x(0)}" x2="${x(1)}" y1="${y(share)}" y2="${y(share)}" stroke="#d9d4c9"/><text x="${x(0) - 8}" y="${y(share) + 5}" text-anchor="end">${tenth * 10} %</text>`;
  });
  const vertical = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text x="${x(share)}" y="${y(0) + 22}" text-anchor="middle">${Math.round(share * budget)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="14" fill="#3a352c">`,
    `<title>Planted weaknesses found over requests, by method</title>`,
    `<rect width="100%" height="100%" fill="#fffefa"/>`,
    `<text x="${PLOT.left}" y="30" font-size="18" font-weight="600" fill="#201d18">Planted weaknesses found</text>`,
    ...horizontal,
    ...vertical,
    `<text x="${(x(0) + x(1)) / 2}" y="${HEIGHT - 12}" text-anchor="middle">requests to Writer, Guide and target for each category (simulated: the sandbox)</text>`,
    ...lines,
    '</svg>\n',
  ].join('\n');
}

/** Moves labels apart that would stand over each other. */
function spread(places: readonly number[]): number[] {
  const gap = 20;
  const order = places.map((place, index) => ({ place, index })).toSorted((a, b) => a.place - b.place);
  const moved = [...places];
  let lowest = Number.NEGATIVE_INFINITY;
  for (const { place, index } of order) {
    lowest = Math.max(place, lowest + gap);
    moved[index] = lowest;
  }
  return moved;
}
