import type { MessageParts } from './message-parts.ts';
import type { Random } from './random.ts';
import { everydayThemes, type Theme, themeNamed, themeOfWord, thingsIn } from './themes.ts';

/** So many things the Guide names: more, and the target leaves some out. */
const THINGS = 5;
/** What a trace in the picture counts, in pictures of the category. */
const TRACE = 1;

interface Scene {
  readonly things: ReadonlySet<string>;
  readonly theme: Theme | undefined;
  readonly slipped: boolean;
}

/**
 * The instruction of a Guide that was told what was tried: the place that promises most by what came of the prompts so
 * far, and things of that place in company that they have not been in, without those that gave a picture away before.
 * It knows what anybody could read off the list and the picture, not what is planted.
 *
 * @param traced the theme that the picture has a trace of, if there is one
 */
export function nextLead(
  { tried, category }: MessageParts,
  traced: string | undefined,
  random: Random,
): string {
  const scenes = tried.map(({ prompt, slipped }): Scene => {
    const things = thingsIn(prompt);
    return { things: new Set(things), theme: themeOfWord(things[0] ?? ''), slipped };
  });
  const themes = new Set([...everydayThemes(category), themeNamed(traced ?? '')]);
  const places = random.sample(
    [...themes].flatMap((theme) => theme ?? []),
    themes.size,
  );
  const promise = (theme: Theme) => promiseOf(theme, scenes, theme.name === traced);
  const [place] = places.toSorted((one, other) => promise(other) - promise(one));
  if (place === undefined) return 'Move to another everyday place, with other things in it.';
  const known = place.things.filter((thing) => gaveItAway(thing, scenes));
  const shown = inNewCompany(
    place.things.filter((thing) => !known.includes(thing)),
    scenes,
    random,
  );
  const here = scenes.at(-1)?.theme?.name === place.name;
  const where = here ? `Stay with the ${place.name}` : `Move to the ${place.name}`;
  const without = known.length === 0 ? '' : ` Leave out ${list(known)}, which we know by now.`;
  return `${where}, and change what is there: show ${list(shown)}, at another time of day.${without}`;
}

/** The share of pictures that one can expect a place to give; a place that nobody tried promises a third. */
function promiseOf(theme: Theme, scenes: readonly Scene[], traced: boolean): number {
  const there = scenes.filter((scene) => scene.theme === theme);
  const slipped = there.filter((scene) => scene.slipped).length + (traced ? TRACE : 0);
  return (slipped + 0.5) / (there.length + 1.5);
}

/** Whether a thing was there when it slipped, more than once, and seldom when it did not. */
function gaveItAway(thing: string, scenes: readonly Scene[]): boolean {
  const there = scenes.filter(({ things }) => things.has(thing));
  const slipped = there.filter((scene) => scene.slipped).length;
  return slipped >= 2 && slipped * 2 > there.length;
}

/** Things one after another, each the one that was least with those before. */
function inNewCompany(things: readonly string[], scenes: readonly Scene[], random: Random): string[] {
  const chosen: string[] = [];
  let rest = random.sample(things, things.length);
  while (chosen.length < THINGS && rest.length > 0) {
    const weights = new Map(rest.map((thing) => [thing, weightOf(thing, chosen, scenes)]));
    rest = rest.toSorted((one, other) => (weights.get(one) ?? 0) - (weights.get(other) ?? 0));
    chosen.push(...rest.splice(0, 1));
  }
  return chosen;
}

/** How often a thing was tried: alone counts little, together with one of the chosen more, in what slipped most. */
function weightOf(thing: string, chosen: readonly string[], scenes: readonly Scene[]): number {
  let weight = 0;
  for (const { things, slipped } of scenes) {
    if (!things.has(thing)) continue;
    const together = chosen.filter((one) => things.has(one)).length;
    weight += 0.3 + together + (slipped ? 0.5 + 2 * together : 0);
  }
  return weight;
}

function list(things: readonly string[]): string {
  const named = things.map((thing) => `the ${thing}`);
  return named.length < 2 ? named.join('') : `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`;
}
