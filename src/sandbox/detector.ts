import type { Pixels } from '../judges/picture.ts';
import type { ConceptPictogram } from './concepts.ts';
import { loadTemplates, type Samples, type Template, type TemplateSet } from './templates.ts';

/** A pictogram that the detector believes to see; places and sizes are fractions of the picture. */
export interface Detection {
  readonly concept: ConceptPictogram;
  /** The centre, from 0 to 1. */
  readonly x: number;
  readonly y: number;
  /** Side as a fraction of the picture's shorter side. */
  readonly size: number;
  /** How well the pixels agree with the drawing, from 0 to 1. */
  readonly confidence: number;
}

/** The first look is at so many pixels on the picture's shorter side, the second at twice as many. */
const COARSE_SIDE = 128;
/** Below that there is nothing to recognise. */
const LEAST_SIDE = 48;
/** How far a channel may be off for a colour to count as the same. */
const TOLERANCE = 42;
/** The same for small drawings, whose colours run together. */
const SMALL_TOLERANCE = 60;
const SMALL_SIDE = 16;
/** The difference across an edge that counts as a whole edge. */
const EDGE_CONTRAST = 36;
/** What is worth a second look, and what is worth reporting, even to the Guide. */
const COARSE_CONFIDENCE = 0.45;
const LEAST_CONFIDENCE = 0.5;
/** Places that get a second look: the best so many. */
const MOST_SECOND_LOOKS = 32;

/**
 * Finds the concept pictograms in a picture, by its pixels alone. The first look matches small
 * templates everywhere, helped by a table from colours to the templates that may have their anchor
 * there; the second compares at twice the resolution where the first found something.
 *
 * @returns what was found, the most confident first; at one place only the best
 * @throws when a drawing cannot be read
 */
export async function detect(pixels: Pixels): Promise<readonly Detection[]> {
  const templates = await loadTemplates();
  const { width, height } = pixels;
  const shorter = Math.min(width, height);
  // A picture of extreme shape would be a long way to go for nothing.
  if (shorter < LEAST_SIDE || Math.max(width, height) > shorter * 8) return [];
  const toSide = (side: number) =>
    resample(pixels, Math.round((width * side) / shorter), Math.round((height * side) / shorter));
  const coarse = toSide(COARSE_SIDE);
  const fine = toSide(COARSE_SIDE * 2);
  const worthALook = withoutOverlaps(
    firstLook(coarse, templates, tableOf(templates)),
    (one, other) => one.index === other.index,
  ).slice(0, MOST_SECOND_LOOKS);
  const seen = worthALook.map((candidate) => secondLook(fine, candidate, templates[candidate.index]));
  const sure = seen.filter(({ confidence }) => confidence >= LEAST_CONFIDENCE);
  return withoutOverlaps(sure, () => true).map(({ template, left, top, confidence }) => ({
    concept: template.concept,
    x: (left + template.side / 2) / fine.width,
    y: (top + template.side / 2) / fine.height,
    size: template.side / (COARSE_SIDE * 2),
    confidence,
  }));
}

interface Candidate {
  /** The concept's place in the list. */
  readonly index: number;
  readonly template: Template;
  readonly left: number;
  readonly top: number;
  readonly confidence: number;
}

/** Scales by area averaging over whole pixels. */
function resample({ width, height, data }: Pixels, toWidth: number, toHeight: number): Pixels {
  if (width === toWidth && height === toHeight) return { width, height, data };
  const scaled = new Uint8Array(toWidth * toHeight * 3);
  let to = 0;
  for (let y = 0; y < toHeight; y++) {
    const top = Math.floor((y * height) / toHeight);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * height) / toHeight));
    for (let x = 0; x < toWidth; x++) {
      const left = Math.floor((x * width) / toWidth);
      const right = Math.max(left + 1, Math.floor(((x + 1) * width) / toWidth));
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let v = top; v < bottom; v++) {
        for (let at = (v * width + left) * 3, end = at + (right - left) * 3; at < end; at += 3) {
          red += data[at] ?? 0;
          green += data[at + 1] ?? 0;
          blue += data[at + 2] ?? 0;
        }
      }
      const count = (bottom - top) * (right - left);
      scaled[to++] = red / count;
      scaled[to++] = green / count;
      scaled[to++] = blue / count;
    }
  }
  return { width: toWidth, height: toHeight, data: scaled };
}

let table: Uint32Array | undefined;

/** For each colour (5 bits a channel) the concepts, a bit each, whose anchor may have it. */
function tableOf(templates: readonly TemplateSet[]): Uint32Array {
  if (table !== undefined) return table;
  table = new Uint32Array(1 << 15);
  for (const [index, { coarse }] of templates.entries()) {
    const [red = 0, green = 0, blue = 0] = coarse[0]?.probes.colour ?? [];
    for (let entry = 0; entry < table.length; entry++) {
      const distance = Math.max(
        Math.abs(((entry >> 10) << 3) + 4 - red),
        Math.abs((((entry >> 5) & 31) << 3) + 4 - green),
        Math.abs(((entry & 31) << 3) + 4 - blue),
      );
      if (distance <= TOLERANCE) table[entry] = (table[entry] ?? 0) | (1 << index);
    }
  }
  return table;
}

function firstLook(picture: Pixels, templates: readonly TemplateSet[], lookUp: Uint32Array): Candidate[] {
  const { width, height, data } = picture;
  const found: Candidate[] = [];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const entry =
        (((data[at] ?? 0) >> 3) << 10) | (((data[at + 1] ?? 0) >> 3) << 5) | ((data[at + 2] ?? 0) >> 3);
      let possible = lookUp[entry] ?? 0;
      while (possible !== 0) {
        const index = 31 - Math.clz32(possible);
        possible ^= 1 << index;
        for (const template of templates[index]?.coarse ?? []) {
          const left = x - (template.probes.x[0] ?? 0);
          const top = y - (template.probes.y[0] ?? 0);
          if (left < 0 || top < 0 || left + template.side > width || top + template.side > height) continue;
          if (!probesAgree(picture, template, left, top)) continue;
          const confidence = confidenceOf(picture, template, left, top);
          if (confidence >= COARSE_CONFIDENCE) found.push({ index, template, left, top, confidence });
        }
      }
    }
  }
  return found;
}

/** Compares again at twice the resolution, a pixel and a size up and down. */
function secondLook(picture: Pixels, candidate: Candidate, templates: TemplateSet | undefined): Candidate {
  let best: Candidate = { ...candidate, confidence: 0 };
  const centreX = candidate.left * 2 + candidate.template.side;
  const centreY = candidate.top * 2 + candidate.template.side;
  for (let size = -1; size <= 1; size++) {
    const template = templates?.fine[candidate.template.sizeIndex + size];
    if (template === undefined) continue;
    for (let v = -1; v <= 1; v++) {
      for (let u = -1; u <= 1; u++) {
        const left = centreX - template.side / 2 + u;
        const top = centreY - template.side / 2 + v;
        if (
          left < 0 ||
          top < 0 ||
          left + template.side > picture.width ||
          top + template.side > picture.height
        )
          continue;
        const confidence = confidenceOf(picture, template, left, top);
        if (confidence > best.confidence) best = { index: candidate.index, template, left, top, confidence };
      }
    }
  }
  return best;
}

/** The largest difference of a channel between a sample and the picture. */
function off({ width, data }: Pixels, samples: Samples, i: number, left: number, top: number): number {
  const at = ((top + (samples.y[i] ?? 0)) * width + left + (samples.x[i] ?? 0)) * 3;
  const { colour } = samples;
  const red = Math.abs((data[at] ?? 0) - (colour[i * 3] ?? 0));
  const green = Math.abs((data[at + 1] ?? 0) - (colour[i * 3 + 1] ?? 0));
  const blue = Math.abs((data[at + 2] ?? 0) - (colour[i * 3 + 2] ?? 0));
  return Math.max(red, green, blue);
}

/** Whether all but two of the probes have their colour. */
function probesAgree(picture: Pixels, { probes, side }: Template, left: number, top: number): boolean {
  const tolerance = side < SMALL_SIDE ? SMALL_TOLERANCE : TOLERANCE;
  let missed = 0;
  for (let i = 1; i < probes.count; i++) {
    if (off(picture, probes, i, left, top) > tolerance && ++missed > 2) return false;
  }
  return true;
}

/** How much two pixels of the picture differ, in the channel that differs most. */
function contrast(data: Uint8Array, one: number, other: number): number {
  const red = Math.abs((data[one] ?? 0) - (data[other] ?? 0));
  const green = Math.abs((data[one + 1] ?? 0) - (data[other + 1] ?? 0));
  const blue = Math.abs((data[one + 2] ?? 0) - (data[other + 2] ?? 0));
  return Math.max(red, green, blue);
}

/** How far the picture really has an edge where the drawing ends, from 0 to 1. */
function edgeOf({ width, height, data }: Pixels, { edge }: Template, left: number, top: number): number {
  let sharp = 0;
  let visible = 0;
  for (let i = 0; i < edge.count; i++) {
    // Flat areas are most of a picture: give up on them early.
    if (i === 12 && sharp < 5) return 0;
    const x = left + (edge.outsideX[i] ?? 0);
    const y = top + (edge.outsideY[i] ?? 0);
    if (x < 0 || y < 0 || x >= width || y >= height) continue;
    const inside = (top + (edge.insideY[i] ?? 0)) * width + left + (edge.insideX[i] ?? 0);
    visible++;
    sharp += Math.min(1, contrast(data, (y * width + x) * 3, inside * 3) / EDGE_CONTRAST);
  }
  return visible === 0 ? 0 : sharp / visible;
}

/** How many of the drawing's pixels have their colour, from 0 to 1; 0 when that is less than the least. */
function agreementOf(
  picture: Pixels,
  { inside }: Template,
  left: number,
  top: number,
  least: number,
): number {
  let agreeing = 0;
  for (let i = 0; i < inside.count; i++) {
    const difference = off(picture, inside, i, left, top);
    agreeing += difference <= TOLERANCE / 2 ? 1 : Math.max(0, 1.5 - difference / TOLERANCE);
    if (agreeing + inside.count - 1 - i < least * inside.count) return 0;
  }
  return agreeing / inside.count;
}

/** The normalised correlation of the drawing's channels with the picture's, from -1 to 1. */
function correlationOf({ width, data }: Pixels, { inside }: Template, left: number, top: number): number {
  let sumDrawn = 0;
  let sumSeen = 0;
  let squaresDrawn = 0;
  let squaresSeen = 0;
  let products = 0;
  for (let i = 0; i < inside.count; i++) {
    const at = ((top + (inside.y[i] ?? 0)) * width + left + (inside.x[i] ?? 0)) * 3;
    for (let channel = 0; channel < 3; channel++) {
      const drawn = inside.colour[i * 3 + channel] ?? 0;
      const seen = data[at + channel] ?? 0;
      sumDrawn += drawn;
      sumSeen += seen;
      squaresDrawn += drawn * drawn;
      squaresSeen += seen * seen;
      products += drawn * seen;
    }
  }
  const count = inside.count * 3;
  const spread = (squaresDrawn - sumDrawn ** 2 / count) * (squaresSeen - sumSeen ** 2 / count);
  return spread <= 0 ? 0 : (products - (sumDrawn * sumSeen) / count) / Math.sqrt(spread);
}

/** Edge, colours and structure together. */
function confidenceOf(picture: Pixels, template: Template, left: number, top: number): number {
  const edge = edgeOf(picture, template, left, top);
  if (edge === 0) return 0;
  const agreement = agreementOf(picture, template, left, top, COARSE_CONFIDENCE / (0.1 + 0.9 * edge));
  if (agreement === 0) return 0;
  const correlation = Math.max(0, correlationOf(picture, template, left, top));
  return agreement * (0.1 + 0.9 * edge) * correlation;
}

/** Of candidates that lie over each other, where they compete, only the most confident; those first. */
function withoutOverlaps(
  found: readonly Candidate[],
  compete: (one: Candidate, other: Candidate) => boolean,
): Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of found.toSorted((one, other) => other.confidence - one.confidence)) {
    if (!kept.some((other) => compete(candidate, other) && overlap(candidate, other) > 0.4))
      kept.push(candidate);
  }
  return kept;
}

/** The area that two candidates share, as a share of the smaller one. */
function overlap(one: Candidate, other: Candidate): number {
  const shared = (from: number, side: number, otherFrom: number, otherSide: number) =>
    Math.max(0, Math.min(from + side, otherFrom + otherSide) - Math.max(from, otherFrom));
  const width = shared(one.left, one.template.side, other.left, other.template.side);
  const height = shared(one.top, one.template.side, other.top, other.template.side);
  return (width * height) / Math.min(one.template.side, other.template.side) ** 2;
}
