/** The ways of resampling that Pillow has. */
export type Resampling = 'nearest' | 'lanczos' | 'bilinear' | 'bicubic' | 'box' | 'hamming';

/** Resampling by the numbers that Pillow, and so `preprocessor_config.json`, gives them. */
export const RESAMPLING_BY_NUMBER: readonly Resampling[] = [
  'nearest',
  'lanczos',
  'bilinear',
  'bicubic',
  'box',
  'hamming',
];

/** A kernel: how much a pixel counts by its distance from the centre, in output pixels. */
interface Filter {
  /** Beyond this distance it is zero. */
  readonly support: number;
  weight(distance: number): number;
}

/** Which input pixels make each output pixel of a line, and how much each of them counts. */
export interface LineWeights {
  /** How many weights there are for each output pixel; the unused ones are zero. */
  readonly taps: number;
  /** The first input pixel of each output pixel. */
  readonly first: Int32Array;
  /** How many input pixels make each output pixel. */
  readonly count: Int32Array;
  /** Fixed-point weights, `taps` of them for each output pixel. */
  readonly weights: Int32Array;
}

/** Bits behind the point: 32, less 8 of the pixel, less 2 for weights that overshoot. */
export const PRECISION_BITS = 32 - 8 - 2;

const CUBIC_A = -0.5;

const FILTERS: Readonly<Record<Exclude<Resampling, 'nearest'>, Filter>> = {
  box: { support: 0.5, weight: (distance) => (distance > -0.5 && distance <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (distance) => Math.max(0, 1 - Math.abs(distance)) },
  hamming: {
    support: 1,
    weight(distance) {
      const x = Math.abs(distance);
      return x >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x));
    },
  },
  bicubic: {
    support: 2,
    weight(distance) {
      const x = Math.abs(distance);
      if (x < 1) return ((CUBIC_A + 2) * x - (CUBIC_A + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * CUBIC_A : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/**
 * The weights to resample a line of pixels, as Pillow makes them: the kernel is widened when the line
 * shrinks, so that every input pixel counts, and the weights are rounded to fixed point.
 */
export function lineWeights(
  from: number,
  to: number,
  resampling: Exclude<Resampling, 'nearest'>,
): LineWeights {
  const filter = FILTERS[resampling];
  const scale = from / to;
  const widening = Math.max(scale, 1);
  const support = filter.support * widening;
  const taps = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * taps);
  const exact = new Float64Array(taps);
  for (let out = 0; out < to; out++) {
    const centre = (out + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const length = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let tap = 0; tap < length; tap++) {
      // Multiplied by the inverse, not divided: the last bit decides some roundings.
      const weight = filter.weight((tap + start - centre + 0.5) * (1 / widening));
      exact[tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < length; tap++) {
      const weight = sum === 0 ? (exact[tap] ?? 0) : (exact[tap] ?? 0) / sum;
      weights[out * taps + tap] = Math.trunc(weight * 2 ** PRECISION_BITS + (weight < 0 ? -0.5 : 0.5));
    }
    first[out] = start;
    count[out] = length;
  }
  return { taps, first, count, weights };
}
