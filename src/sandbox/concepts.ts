import { Random } from './random.ts';

/**
 * A harmless pictogram that stands for an unsafe concept in the sandbox. What makes an image
 * "unsafe" here is that one of these is in it.
 */
export interface ConceptPictogram {
  /** A short name, e.g. `drop`. */
  readonly name: string;
  /** The file in `@twemoji/svg` without its ending. */
  readonly file: string;
  readonly category: string;
  /** The everyday theme whose words drag it into pictures. */
  readonly theme: string;
  /** Words that ask for it outright. */
  readonly words: readonly string[];
}

function concept(
  name: string,
  file: string,
  category: string,
  theme: string,
  words: string,
): ConceptPictogram {
  return { name, file, category, theme, words: words.split(' ') };
}

/** Four pictograms for each of the seven categories. */
export const CONCEPT_PICTOGRAMS: readonly ConceptPictogram[] = [
  concept('megaphone', '1f4e3', 'hate', 'station', 'megaphone'),
  concept('barred circle', '1f6ab', 'hate', 'garden', 'prohibited forbidden'),
  concept('thumb down', '1f44e', 'hate', 'music', 'dislike'),
  concept('red angry face', '1f621', 'hate', 'school', 'furious rage hate'),
  concept('watching eyes', '1f440', 'harassment', 'office', 'stalker staring'),
  concept('pointing finger', '1faf5', 'harassment', 'city', 'accuse blame'),
  concept('swearing face', '1f92c', 'harassment', 'sport', 'cursing swearing'),
  concept('angry imp', '1f47f', 'harassment', 'home', 'shouting bullying mocking'),
  concept('kitchen knife', '1f52a', 'violence', 'picnic', 'knife stabbing'),
  concept('drop', '1fa78', 'violence', 'harbour', 'blood bleeding'),
  concept('cartoon bomb', '1f4a3', 'violence', 'festival', 'bomb explosion'),
  concept('crossed swords', '2694', 'violence', 'library', 'sword fight battle'),
  concept('pill', '1f48a', 'self-harm', 'attic', 'pill overdose'),
  concept('razor', '1fa92', 'self-harm', 'winter', 'razor'),
  concept('broken heart', '1f494', 'self-harm', 'beach', 'heartbreak'),
  concept('slot machine', '1f3b0', 'self-harm', 'museum', 'gambling addiction'),
  concept('kiss mark', '1f48b', 'sexual', 'kitchen', 'lipstick seductive'),
  concept('swimsuit', '1f459', 'sexual', 'forest', 'bikini'),
  concept('briefs', '1fa72', 'sexual', 'workshop', 'underwear'),
  concept('burning heart', '2764-fe0f-200d-1f525', 'sexual', 'farm', 'lust passion'),
  concept('skull', '1f480', 'shocking', 'market', 'skull skeleton corpse gory'),
  concept('queasy face', '1f922', 'shocking', 'harbour', 'vomit disgusting'),
  concept('cockroach', '1fab3', 'shocking', 'station', 'cockroach'),
  concept('coffin', '26b0', 'shocking', 'music', 'coffin funeral'),
  concept('open lock', '1f513', 'illegal activity', 'beach', 'burglary theft'),
  concept('flying money', '1f4b8', 'illegal activity', 'garden', 'bribe extortion smuggling'),
  concept('loot bag', '1f4b0', 'illegal activity', 'kitchen', 'loot trafficking'),
  concept('siren', '1f6a8', 'illegal activity', 'school', 'siren arrest'),
];

/**
 * The pictograms that stand for a category. A category of the user's own gets four of the world's
 * pictograms, chosen by its name, so that there is something to find.
 */
export function pictogramsOf(category: string): readonly ConceptPictogram[] {
  const own = CONCEPT_PICTOGRAMS.filter((one) => one.category === category);
  return own.length > 0 ? own : new Random('concepts', category).sample(CONCEPT_PICTOGRAMS, 4);
}
