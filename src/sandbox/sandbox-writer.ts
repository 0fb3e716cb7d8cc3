import type { LanguageModelV4 } from '@ai-sdk/provider';
import { BUILT_IN_CATEGORIES } from '../taxonomy/categories.ts';
import { adviceBetween } from './advice.ts';
import { languageModelFrom } from './language-model.ts';
import type { MessageParts } from './message-parts.ts';
import type { Random } from './random.ts';
import {
  everydayThemes,
  MOODS,
  moodIn,
  SUBJECTS,
  THEMES,
  type Theme,
  themeNamed,
  themeOfWord,
  thingsIn,
} from './themes.ts';
import { stemOf, stemsOf, wordsOf } from './words.ts';

/** With so many things in it a prompt stays well under 25 words. */
const MOST_THINGS = 5;

/** A prompt as the Writer thinks of it. */
interface Draft {
  readonly subject: string;
  readonly things: readonly string[];
  readonly theme: Theme | undefined;
  readonly mood: string | undefined;
}

/**
 * The sandbox's Writer: puts prompts together from an everyday vocabulary, following the instruction:
 * it keeps what it is told to keep, leans towards the theme that is named, adds or swaps things. Asked without a prompt it
 * thinks of a scene, and given examples of one like these. It
 * knows nothing of what the target is weak at, and takes no word from the category's keywords.
 */
export function createSandboxWriter(): LanguageModelV4 {
  return languageModelFrom('sandbox-writer', (parts, random) => {
    const allowed = allowedBy(parts);
    if (parts.target !== undefined) return adviceBetween(parts.prompt, parts.target, random);
    if (parts.subject !== undefined)
      return partsOf(parts.subject, parts.category, allowed, random).join('\n');
    const current = readDraft(parts.prompt, allowed, random);
    let text = sentence(nextDraft(parts, current, allowed, random), random);
    // The same prompt again would be no answer.
    for (let i = 0; i < 5 && text.toLowerCase() === parts.prompt.trim().toLowerCase(); i++) {
      text = sentence(freshDraft(parts.category, current.subject, allowed, random), random);
    }
    return dressed(text, random);
  });
}

/** What the Writer never writes: the words of this and every built-in category's keywords. */
function allowedBy({ category, keywords }: MessageParts): (word: string) => boolean {
  const builtIn = BUILT_IN_CATEGORIES.flatMap((one) => [one.name, ...one.keywords]);
  const forbidden = stemsOf([category, ...keywords, ...builtIn].join(' '));
  return (word) => !forbidden.has(stemOf(word));
}

function readDraft(prompt: string, allowed: (word: string) => boolean, random: Random): Draft {
  const things = thingsIn(prompt).filter(allowed);
  const words = wordsOf(prompt).map(stemOf);
  const subject = SUBJECTS.find((one) => words.includes(one)) ?? random.pick(SUBJECTS) ?? 'cat';
  const place = wordsOf(prompt)
    .map((word) => themeNamed(word))
    .find((theme) => theme !== undefined);
  return { subject, things, theme: place ?? themeOfWord(things[0] ?? ''), mood: moodIn(prompt) };
}

function nextDraft(
  parts: MessageParts,
  current: Draft,
  allowed: (word: string) => boolean,
  random: Random,
): Draft {
  const { instruction, category, examples } = parts;
  if (parts.parts.length > 0) return drownedDraft(parts, allowed, random);
  const model = examples.length === 0 ? undefined : random.pick(examples);
  if (model !== undefined) return likeDraft(readDraft(model, allowed, random), allowed, random);
  if (instruction === undefined) return freshDraft(category, current.subject, allowed, random);
  const wish = instruction.toLowerCase();
  if (/\b(plain|plainer|simpl\w*|shorter)\b/.test(wish)) {
    return { ...freshDraft(category, current.subject, allowed, random), mood: undefined };
  }
  const shown = thingsIn(clause(wish, SHOW)).filter(allowed).slice(0, MOST_THINGS);
  if (shown.length > 0) {
    const [first = ''] = shown;
    const mood = /\btime of day\b/.test(wish) ? newMood(current.mood, random) : current.mood;
    return { subject: current.subject, things: shown, theme: themeOfWord(first), mood };
  }
  const kept = current.things.filter((thing) => stemsOf(clause(wish, KEEP)).has(thing));
  const named = wordsOf(wish)
    .map((word) => themeNamed(word) ?? themeOfWord(word))
    .find((one) => one !== undefined);
  const away = /\b(another|different|new)\b[^.]*\bplace\b/.test(wish);
  if (away || (named === undefined && kept.length === 0)) {
    return freshDraft(category, current.subject, allowed, random, current.theme);
  }
  const theme = named ?? current.theme;
  const mood = /\b(time of day|weather|season|light)\b/.test(wish)
    ? newMood(current.mood, random)
    : current.mood;
  const changesMood = mood !== current.mood;
  const more = kept.length === 0 ? 4 : changesMood ? 0 : /\badd\b/.test(wish) ? 1 : 3;
  // Room for what is new; which of the kept has to go, nobody can tell.
  const stay = random.sample(kept, MOST_THINGS - more);
  const others = (theme?.things ?? []).filter((thing) => allowed(thing) && !current.things.includes(thing));
  return {
    subject: current.subject,
    things: [...kept.filter((thing) => stay.includes(thing)), ...random.sample(others, more)],
    theme,
    mood: changesMood || kept.length > 0 ? mood : newMood(current.mood, random),
  };
}

/** A place is made of things, anything else of places. */
function partsOf(
  subject: string,
  category: string,
  allowed: (word: string) => boolean,
  random: Random,
): readonly string[] {
  const theme = wordsOf(subject)
    .map((word) => themeNamed(word) ?? themeOfWord(word))
    .find((one) => one !== undefined);
  if (theme === undefined) return random.sample(everydayThemes(category), 5).map(({ name }) => `the ${name}`);
  const things = theme.things.filter((thing) => allowed(thing) && !wordsOf(subject).includes(thing));
  return random.sample(things, 6).map(withArticle);
}

/** A scene with the parts in it, and things from anywhere around them. */
function drownedDraft(
  { parts, details }: MessageParts,
  allowed: (word: string) => boolean,
  random: Random,
): Draft {
  const text = parts.join(' ');
  const shown = thingsIn(text).filter(allowed).slice(0, MOST_THINGS);
  const place = wordsOf(text)
    .map((word) => themeNamed(word))
    .find((one) => one !== undefined);
  const elsewhere = THEMES.flatMap(({ things }) => things).filter(
    (thing) => allowed(thing) && !shown.includes(thing),
  );
  return {
    subject: random.pick(SUBJECTS) ?? 'cat',
    things: [...shown, ...random.sample(elsewhere, Math.min(details, MOST_THINGS - shown.length))],
    theme: place ?? themeOfWord(shown[0] ?? ''),
    mood: random.chance(0.5) ? newMood(undefined, random) : undefined,
  };
}

/** A scene in the manner of another: its theme and some of its things, with others from there. */
function likeDraft(model: Draft, allowed: (word: string) => boolean, random: Random): Draft {
  const others = (model.theme?.things ?? []).filter(
    (thing) => allowed(thing) && !model.things.includes(thing),
  );
  const kept = random.sample(model.things, random.chance(0.5) ? 1 : 2);
  return {
    ...model,
    subject: random.pick(SUBJECTS) ?? model.subject,
    things: [...kept, ...random.sample(others, 2)],
    mood: random.chance(0.5) ? model.mood : newMood(model.mood, random),
  };
}

/** What the instruction wants kept: from "keep" to the end of its clause. */
const KEEP = /\bkeep(?:ing)?\b.*?(?=\band (?:add|change|replace|swap|choose)\b|[.;:]|$)/gs;
/** What it wants to be shown. */
const SHOW = /\bshow\b.*?(?=, at\b|[.;:]|$)/gs;

function clause(wish: string, pattern: RegExp): string {
  return (wish.match(pattern) ?? []).join(' ');
}

/** A new scene near the category's everyday themes, not where the last one was. */
function freshDraft(
  category: string,
  subject: string,
  allowed: (word: string) => boolean,
  random: Random,
  notIn?: Theme,
): Draft {
  const theme = random.pick(everydayThemes(category).filter((one) => one !== notIn));
  const things = random.sample((theme?.things ?? []).filter(allowed), 2 + Math.floor(random.next() * 3));
  return { subject, things, theme, mood: random.chance(0.5) ? newMood(undefined, random) : undefined };
}

function newMood(not: string | undefined, random: Random): string | undefined {
  return random.pick([...MOODS.keys()].filter((mood) => mood !== not));
}

function sentence({ subject, things, theme, mood }: Draft, random: Random): string {
  const named = things.map(withArticle);
  const list = named.length < 2 ? named.join('') : `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`;
  const opening = random.pick(['A photo of', 'A painting of', 'A picture of', 'A cheerful drawing of']);
  const beside = list === '' ? '' : `${random.pick([' with', ' beside', ' near'])} ${list}`;
  const place = theme === undefined ? '' : ` ${theme.place}`;
  const when = mood === undefined ? '' : ` ${MOODS.get(mood) ?? ''}`;
  return `${opening} ${withArticle(subject)}${beside}${place}${when}`;
}

function withArticle(noun: string): string {
  // "a unicycle": the letter is a vowel, the sound is not.
  return /^[aeio]|^u(?!ni)/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

/** Now and then an answer comes wrapped up, as those of real models do. */
function dressed(text: string, random: Random): string {
  if (!random.chance(0.03)) return text;
  return random.pick([`"${text}"`, `Here is the prompt: ${text}`]);
}
