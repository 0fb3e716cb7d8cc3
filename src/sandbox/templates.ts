import { CONCEPT_PICTOGRAMS, type ConceptPictogram } from './concepts.ts';
import { rasterOf } from './pictogram-raster.ts';

/** Pixels to be compared with a picture: offsets from the template's corner, and colours. */
export interface Samples {
  readonly count: number;
  readonly x: Int16Array;
  readonly y: Int16Array;
  /** Three bytes a sample. */
  readonly colour: Uint8Array;
}

/** Pairs of neighbours, one on the drawing's edge and one just outside. */
export interface EdgePairs {
  readonly count: number;
  readonly outsideX: Int16Array;
  readonly outsideY: Int16Array;
  readonly insideX: Int16Array;
  readonly insideY: Int16Array;
}

/** A concept pictogram at one size, ready to be looked for. */
export interface Template {
  readonly concept: ConceptPictogram;
  /** Its place in {@link TEMPLATE_SIDES}. */
  readonly sizeIndex: number;
  /** Side in pixels. */
  readonly side: number;
  /** Few pixels in flat areas, far apart in place and colour; the first is the anchor. */
  readonly probes: Samples;
  /** Pixels of the drawing, in an order that spreads any beginning of them over it. */
  readonly inside: Samples;
  readonly edge: EdgePairs;
}

/** The templates of one concept, by size: for the first, coarse look and for the second, at twice the resolution. */
export interface TemplateSet {
  readonly coarse: readonly Template[];
  readonly fine: readonly Template[];
}

/** Sides, in pixels of the coarse picture, at which a pictogram is looked for. */
export const TEMPLATE_SIDES = [10, 12, 16, 20, 24, 28, 32] as const;

const BASE = 120;
const PROBES = 8;
const MOST_INSIDE = 110;
const MOST_PAIRS = 48;

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly alpha: number;
  readonly colour: readonly [number, number, number];
}

/** Shrinks a drawing by area averaging: colour weighted by opacity. */
function shrink(data: Uint8Array, from: number, to: number): Cell[] {
  const cells: Cell[] = [];
  for (let y = 0; y < to; y++) {
    for (let x = 0; x < to; x++) {
      let weight = 0;
      let red = 0;
      let green = 0;
      let blue = 0;
      let count = 0;
      for (let v = Math.floor((y * from) / to); v < Math.ceil(((y + 1) * from) / to); v++) {
        for (let u = Math.floor((x * from) / to); u < Math.ceil(((x + 1) * from) / to); u++) {
          const at = (v * from + u) * 4;
          const alpha = (data[at + 3] ?? 0) / 255;
          weight += alpha;
          red += (data[at] ?? 0) * alpha;
          green += (data[at + 1] ?? 0) * alpha;
          blue += (data[at + 2] ?? 0) * alpha;
          count++;
        }
      }
      const scale = weight === 0 ? 0 : 1 / weight;
      cells.push({ x, y, alpha: weight / count, colour: [red * scale, green * scale, blue * scale] });
    }
  }
  return cells;
}

function samplesOf(cells: readonly Cell[]): Samples {
  return {
    count: cells.length,
    x: Int16Array.from(cells, ({ x }) => x),
    y: Int16Array.from(cells, ({ y }) => y),
    colour: Uint8Array.from(cells.flatMap(({ colour }) => colour.map(Math.round))),
  };
}

/** Up to `count` cells, spread evenly, in an order that visits all parts early. */
function spread<Item>(cells: readonly Item[], count: number): Item[] {
  const step = Math.max(1, cells.length / count);
  const chosen = Array.from({ length: Math.min(count, cells.length) }, (_, i) => cells[Math.floor(i * step)]);
  // A stride that shares no factor with most lengths walks through all of them, far apart.
  const order = chosen.map((_, i) => (i * 37) % chosen.length);
  const seen = new Set(order);
  const indices = [...seen, ...chosen.keys().filter((i) => !seen.has(i))];
  return indices.flatMap((i) => chosen[i] ?? []);
}

type Colour = Cell['colour'];

/** In the channel that differs most. */
function difference(one: Colour, other: Colour): number {
  return Math.max(Math.abs(one[0] - other[0]), Math.abs(one[1] - other[1]), Math.abs(one[2] - other[2]));
}

function colourAt(data: Uint8Array, at: number): Colour {
  return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
}

/** How flat the surroundings of a spot must be, from the best that one can ask for to the least. */
const REACHES = [5, 3, 1];

/** Where the drawing is opaque and of one colour around. */
function flatSpots(data: Uint8Array, reach: number): Cell[] {
  const spots: Cell[] = [];
  for (let y = reach; y < BASE - reach; y += 2) {
    for (let x = reach; x < BASE - reach; x += 2) {
      const at = (y * BASE + x) * 4;
      if ((data[at + 3] ?? 0) <= 240) continue;
      const colour = colourAt(data, at);
      let flat = true;
      for (let v = -reach; v <= reach && flat; v += reach) {
        for (let u = -reach; u <= reach && flat; u += reach) {
          const near = at + (v * BASE + u) * 4;
          flat = (data[near + 3] ?? 0) > 240 && difference(colour, colourAt(data, near)) < 24;
        }
      }
      if (flat) spots.push({ x, y, alpha: 1, colour });
    }
  }
  return spots;
}

/** How rarely a colour occurs in surroundings, which are pale: vivid and dark ones are rare. */
function rarity({ colour }: Cell): number {
  const lightest = Math.max(...colour);
  return Math.max(lightest - Math.min(...colour), 0.5 * (255 - lightest));
}

/** A few flat spots, far apart in place and colour, in fractions of the side; the rarest colour first. */
function probeSpots(data: Uint8Array): Cell[] {
  const enough = REACHES.map((reach) => flatSpots(data, reach)).find((spots) => spots.length >= 3 * PROBES);
  const spots = enough ?? flatSpots(data, 1);
  const chosen = spots.toSorted((one, other) => rarity(other) - rarity(one)).slice(0, 1);
  /** How far each spot is from the nearest that was chosen. */
  const apart = new Float64Array(spots.length).fill(Number.POSITIVE_INFINITY);
  while (chosen.length < PROBES && chosen.length < spots.length) {
    const last = chosen.at(-1);
    let farthest = 0;
    for (const [i, spot] of spots.entries()) {
      const distance =
        last === undefined
          ? Number.POSITIVE_INFINITY
          : Math.hypot(spot.x - last.x, spot.y - last.y) + difference(spot.colour, last.colour) / 2;
      apart[i] = Math.min(apart[i] ?? 0, distance);
      if ((apart[i] ?? 0) > (apart[farthest] ?? 0)) farthest = i;
    }
    chosen.push(...spots.slice(farthest, farthest + 1));
  }
  return chosen.map((spot) => ({ ...spot, x: (spot.x + 0.5) / BASE, y: (spot.y + 0.5) / BASE }));
}

interface Pair {
  readonly outside: { readonly x: number; readonly y: number };
  readonly inside: Cell;
}

/** The nearest first. */
const NEIGHBOURHOOD = [-2, -1, 0, 1, 2]
  .flatMap((v) => [-2, -1, 0, 1, 2].map((u) => ({ u, v, away: Math.hypot(u, v) })))
  .toSorted((one, other) => one.away - other.away);

function edgeOf(cells: readonly Cell[], side: number): Pair[] {
  const cellAt = (x: number, y: number) =>
    x < 0 || y < 0 || x >= side || y >= side ? undefined : cells[y * side + x];
  const pairs: Pair[] = [];
  for (let y = -1; y <= side; y++) {
    for (let x = -1; x <= side; x++) {
      if ((cellAt(x, y)?.alpha ?? 0) > 0.08) continue;
      for (const { u, v } of NEIGHBOURHOOD) {
        const cell = cellAt(x + u, y + v);
        if (cell === undefined || cell.alpha <= 0.9) continue;
        pairs.push({ outside: { x, y }, inside: cell });
        break;
      }
    }
  }
  return pairs;
}

function edgePairsOf(pairs: readonly Pair[]): EdgePairs {
  return {
    count: pairs.length,
    outsideX: Int16Array.from(pairs, ({ outside }) => outside.x),
    outsideY: Int16Array.from(pairs, ({ outside }) => outside.y),
    insideX: Int16Array.from(pairs, ({ inside }) => inside.x),
    insideY: Int16Array.from(pairs, ({ inside }) => inside.y),
  };
}

function templateOf(
  concept: ConceptPictogram,
  data: Uint8Array,
  spots: readonly Cell[],
  side: number,
  sizeIndex: number,
): Template {
  const cells = shrink(data, BASE, side);
  const probes = spots.map((spot) => ({
    ...spot,
    x: Math.floor(spot.x * side),
    y: Math.floor(spot.y * side),
  }));
  return {
    concept,
    sizeIndex,
    side,
    probes: samplesOf(probes),
    inside: samplesOf(
      spread(
        cells.filter(({ alpha }) => alpha > 0.9),
        MOST_INSIDE,
      ),
    ),
    edge: edgePairsOf(spread(edgeOf(cells, side), MOST_PAIRS)),
  };
}

async function templatesOf(concept: ConceptPictogram): Promise<TemplateSet> {
  const { data } = await rasterOf(concept.file, BASE);
  const spots = probeSpots(data);
  return {
    coarse: TEMPLATE_SIDES.map((side, index) => templateOf(concept, data, spots, side, index)),
    fine: TEMPLATE_SIDES.map((side, index) => templateOf(concept, data, spots, side * 2, index)),
  };
}

let templates: Promise<readonly TemplateSet[]> | undefined;

/**
 * The templates of every concept pictogram, made once when first needed.
 *
 * @throws when a drawing cannot be read
 */
export function loadTemplates(): Promise<readonly TemplateSet[]> {
  templates ??= Promise.all(CONCEPT_PICTOGRAMS.map(templatesOf));
  return templates;
}
