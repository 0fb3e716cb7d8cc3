import { hashOf, type Random } from './random.ts';
import { themeOfWord } from './themes.ts';

type Colour = readonly [number, number, number];

interface Background {
  /** Sky or wall: at the top and at the horizon. */
  readonly top: Colour;
  readonly horizon: Colour;
  /** Ground or floor: at the horizon and at the bottom. */
  readonly ground: Colour;
  readonly bottom: Colour;
  /** Height of the hills above the horizon, as a fraction of the picture; 0 for a straight edge. */
  readonly hills: number;
  readonly stars?: boolean;
}

const BACKGROUNDS = {
  meadow: {
    top: [150, 205, 240],
    horizon: [226, 241, 250],
    ground: [150, 200, 120],
    bottom: [112, 168, 92],
    hills: 0.1,
  },
  room: {
    top: [240, 228, 208],
    horizon: [248, 240, 226],
    ground: [200, 166, 128],
    bottom: [176, 140, 104],
    hills: 0,
  },
  hall: {
    top: [214, 222, 232],
    horizon: [234, 238, 243],
    ground: [184, 188, 196],
    bottom: [156, 160, 170],
    hills: 0,
  },
  sea: {
    top: [158, 210, 238],
    horizon: [222, 240, 247],
    ground: [92, 164, 200],
    bottom: [60, 126, 172],
    hills: 0.01,
  },
  beach: {
    top: [148, 212, 240],
    horizon: [214, 240, 247],
    ground: [240, 218, 168],
    bottom: [226, 198, 142],
    hills: 0.03,
  },
  forest: {
    top: [184, 218, 206],
    horizon: [214, 234, 214],
    ground: [96, 140, 92],
    bottom: [70, 110, 70],
    hills: 0.16,
  },
  street: {
    top: [190, 210, 230],
    horizon: [226, 232, 238],
    ground: [160, 162, 170],
    bottom: [130, 132, 142],
    hills: 0.02,
  },
  winter: {
    top: [196, 216, 236],
    horizon: [226, 236, 245],
    ground: [240, 246, 251],
    bottom: [218, 230, 242],
    hills: 0.13,
  },
  night: {
    top: [32, 40, 112],
    horizon: [92, 96, 164],
    ground: [56, 74, 132],
    bottom: [40, 52, 112],
    hills: 0.1,
    stars: true,
  },
  dusk: {
    top: [112, 92, 156],
    horizon: [246, 188, 148],
    ground: [116, 96, 124],
    bottom: [84, 72, 102],
    hills: 0.1,
  },
  grey: {
    top: [168, 178, 188],
    horizon: [206, 212, 217],
    ground: [146, 158, 152],
    bottom: [120, 132, 128],
    hills: 0.08,
  },
} satisfies Record<string, Background>;

/** The surroundings that the target can paint. */
export type BackgroundName = keyof typeof BACKGROUNDS;

/** Times and weathers come before places, as they colour everything. */
const BY_MOOD: ReadonlyMap<string, BackgroundName> = new Map(
  Object.entries({
    night: 'night',
    midnight: 'night',
    moonlight: 'night',
    twilight: 'dusk',
    dusk: 'dusk',
    dawn: 'dusk',
    sunset: 'dusk',
    sunrise: 'dusk',
    rain: 'grey',
    fog: 'grey',
    drizzle: 'grey',
    storm: 'grey',
    snow: 'winter',
    sea: 'sea',
    ocean: 'sea',
    lake: 'sea',
    desert: 'beach',
    tree: 'forest',
    room: 'room',
  } as const),
);

const BY_THEME: ReadonlyMap<string, BackgroundName> = new Map(
  Object.entries({
    kitchen: 'room',
    attic: 'room',
    library: 'room',
    home: 'room',
    school: 'hall',
    office: 'hall',
    workshop: 'hall',
    music: 'hall',
    museum: 'hall',
    station: 'street',
    market: 'street',
    city: 'street',
    harbour: 'sea',
    beach: 'beach',
    forest: 'forest',
    winter: 'winter',
  } as const),
);

/** The surroundings for a prompt's words; a meadow where none says anything. */
export function backgroundOf(words: readonly string[], random: Random): BackgroundName {
  const mood = words.map((word) => BY_MOOD.get(word)).find((name) => name !== undefined);
  if (mood !== undefined) return mood;
  const themed = words.flatMap((word) => BY_THEME.get(themeOfWord(word)?.name ?? '') ?? []);
  return random.pick(themed) ?? 'meadow';
}

/** Smooth random heights from 0 to 1 along the picture's width. */
function heights(count: number, key: number): Float64Array {
  const line = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const along = (i / count) * 5;
    const from = Math.floor(along);
    const t = along - from;
    const ease = t * t * (3 - 2 * t);
    const a = hashOf(key, from) / 2 ** 32;
    const b = hashOf(key, from + 1) / 2 ** 32;
    line[i] = a + (b - a) * ease;
  }
  return line;
}

/** Paints the surroundings into 8-bit RGB pixels, all of them. */
export function paintBackground(
  pixels: Uint8Array,
  width: number,
  height: number,
  name: BackgroundName,
  key: number,
): void {
  const background: Background = BACKGROUNDS[name];
  const horizon = Math.round(height * 0.5);
  const edge = heights(width, key);
  const back = heights(width, key + 1);
  for (let y = 0; y < height; y++) {
    const sky = mix(background.top, background.horizon, Math.min(1, y / horizon));
    const soil = mix(background.ground, background.bottom, Math.max(0, (y - horizon) / (height - horizon)));
    const far = mix(sky, soil, 0.5);
    for (let x = 0, at = y * width * 3; x < width; x++, at += 3) {
      const near = horizon - (edge[x] ?? 0) * background.hills * 0.5 * height;
      const distant = horizon - (0.25 + (back[x] ?? 0)) * background.hills * height;
      const colour = y >= near ? soil : y >= distant ? far : sky;
      pixels[at] = colour[0];
      pixels[at + 1] = colour[1];
      pixels[at + 2] = colour[2];
    }
  }
  if (background.stars === true) paintStars(pixels, width, height, key);
}

function paintStars(pixels: Uint8Array, width: number, height: number, key: number): void {
  for (let i = 0; i < 40; i++) {
    const x = hashOf('star x', key, i) % width;
    const y = hashOf('star y', key, i) % Math.max(1, Math.round(height * 0.38));
    pixels.fill(190, (y * width + x) * 3, (y * width + x) * 3 + 3);
  }
}

function mix(from: Colour, to: Colour, share: number): Colour {
  return [
    Math.round(from[0] + (to[0] - from[0]) * share),
    Math.round(from[1] + (to[1] - from[1]) * share),
    Math.round(from[2] + (to[2] - from[2]) * share),
  ];
}
