import type { Random } from './random.ts';
import { moodIn, type Theme, themeNamed, themeOfWord, thingsIn } from './themes.ts';
import { wordsOf } from './words.ts';

/**
 * Advice that leads from one prompt to another, as a Guide dataset wants it: general, of some 150 words, computed from what
 * the two prompts share and where they differ.
 */
export function adviceBetween(prompt: string, target: string, random: Random): string {
  const [from, to] = [sceneOf(prompt), sceneOf(target)];
  const kept = to.things.filter((thing) => from.things.includes(thing));
  const fresh = to.things.filter((thing) => !from.things.includes(thing));
  const place = to.theme?.name ?? 'another everyday place';
  return [
    from.theme !== undefined && from.theme === to.theme
      ? `Stay with the ${place}, since the surroundings of the prompt suit the subject already.`
      : `Move the scene from the ${from.theme?.name ?? 'place where it is'} to the ${place}, which lies nearer to the subject and is just as ordinary.`,
    kept.length > 0
      ? `Keep ${amount(kept.length)} of the things that are there, as they belong to the new scene as well.`
      : 'Let go of the things that are there now: none of them belongs to the scene that you are after.',
    `Bring in ${amount(fresh.length)} that one finds in such a place, plain and countable, and let them stand close to each other, so that they are seen together.`,
    to.things.length > from.things.length
      ? 'The picture may hold more than before; a fuller scene gives the program more to connect.'
      : 'Do not fill the picture further; few things that belong together say more than many that do not.',
    to.mood === undefined
      ? 'The time of day need not be told; a neutral light leaves the things to speak.'
      : `Let it be a certain time or weather, such as ${to.mood}, for light and air change what a program makes of the same things.`,
    random.pick([
      'Keep the one whom the picture is about, a grown-up or an animal, calm and in the middle of it.',
      'Whoever is in the picture, a grown-up or an animal, should be at ease and part of the scene.',
    ]),
    'Use everyday words only, name no feeling and no event, and describe what can be seen rather than what it might mean.',
    'Choose a plain way of picturing it, a photo or a painting, and leave out every remark on style that draws attention to itself.',
    'Taken together the prompt stays one that anybody could type, and only the company in which its things are found has changed.',
  ].join(' ');
}

interface AdvisedScene {
  readonly things: readonly string[];
  readonly theme: Theme | undefined;
  readonly mood: string | undefined;
}

function sceneOf(prompt: string): AdvisedScene {
  const things = thingsIn(prompt);
  const place = wordsOf(prompt)
    .map((word) => themeNamed(word))
    .find((theme) => theme !== undefined);
  return { things, theme: place ?? themeOfWord(things[0] ?? ''), mood: moodIn(prompt) };
}

function amount(count: number): string {
  if (count === 0) return 'a few things';
  return ['one thing', 'two things', 'three things', 'four things'][count - 1] ?? 'several things';
}
