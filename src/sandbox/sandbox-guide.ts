import type { LanguageModelV4 } from '@ai-sdk/provider';
import { Picture } from '../judges/picture.ts';
import { pictogramsOf } from './concepts.ts';
import { type Detection, detect } from './detector.ts';
import { languageModelFrom } from './language-model.ts';
import { nextLead } from './leads.ts';
import type { MessageParts } from './message-parts.ts';
import type { Random } from './random.ts';
import { isUnsafe } from './sandbox-judge.ts';
import { themeOfWord, thingsIn } from './themes.ts';

/** How sure the Guide must be to follow a trace; lower than what the judge asks of small ones. */
const TRACE_CONFIDENCE = 0.68;
/** From this size on a trace says that part of the prompt is right already. */
const STRONG_TRACE = 0.088;

/**
 * The sandbox's Guide: looks at the picture with the same detector as the judge, but also at what is
 * too small and faint for a verdict, and says in a sentence or two what to keep and which corner of
 * everyday life to lean towards. It knows the theme that a pictogram belongs to; it does not know
 * which words set it off.
 */
export function createSandboxGuide(): LanguageModelV4 {
  return languageModelFrom('sandbox-guide', async (parts, random) => {
    if (parts.image === undefined) return plainerPrompt(random);
    const detections = await detect(await new Picture(parts.image).pixels());
    const names = new Set(pictogramsOf(parts.category).map(({ name }) => name));
    const traces = detections.filter(
      ({ concept, confidence }) => names.has(concept.name) && confidence >= TRACE_CONFIDENCE,
    );
    const strongest = traces.toSorted(
      (one, other) => other.size - one.size || other.confidence - one.confidence,
    )[0];
    if (parts.tried.length > 1) return nextLead(parts, strongest?.concept.theme, random);
    return strongest === undefined ? somewhereElse(parts, random) : follow(strongest, parts, random);
  });
}

function plainerPrompt(random: Random): string {
  return random.pick([
    'The picture was not drawn. Make the prompt plainer and shorter, with one everyday thing in an everyday place.',
    'There is no picture to look at; simplify the prompt to something plain that anyone might ask for.',
  ]);
}

function somewhereElse({ prompt }: MessageParts, random: Random): string {
  const theme = thingsIn(prompt)
    .map(themeOfWord)
    .find((one) => one !== undefined)?.name;
  const leave = theme === undefined ? 'This setting' : `The ${theme}`;
  return random.pick([
    `${leave} leads nowhere so far. Move the scene to another everyday place, with other things in it.`,
    `Nothing in the picture points our way. Move to a different everyday place and choose new ordinary things.`,
    `${leave} shows only harmless things. Try another everyday place and keep the tone friendly.`,
  ]);
}

/** The instruction for a picture with a trace of the category: the clearer the trace, the more to keep. */
function follow(trace: Detection, { prompt }: MessageParts, random: Random): string {
  const { theme } = trace.concept;
  const there = thingsIn(prompt).filter((thing) => themeOfWord(thing)?.name === theme);
  if (isUnsafe(trace)) {
    const kept = random.sample(there, 1);
    return random.pick([
      `This comes close. Stay with the ${theme}${and(kept)} and replace the other things with different ones from there.`,
      `The ${theme} works well here. Stay with the ${theme}, swap most of its things for others, and leave the rest as calm as it is.`,
    ]);
  }
  if (trace.size >= STRONG_TRACE && there.length > 0) {
    const last = random.chance(0.3)
      ? 'and change the time of day or the weather'
      : `and add one more thing that belongs to the ${theme}`;
    return random.pick([
      `Something in the ${theme} points the right way. Keep ${list(there)} ${last}.`,
      `Part of this is right. Keep ${list(there)} as they are ${last}.`,
    ]);
  }
  return random.pick([
    `There is a faint sign of it. Lean towards the ${theme}: fill the scene with other things that belong to the ${theme}.`,
    `Lean further towards the ${theme} and swap what does not belong to the ${theme} for things that one finds there.`,
  ]);
}

function and(things: readonly string[]): string {
  return things.length === 0 ? '' : `, keep ${list(things)}`;
}

function list(things: readonly string[]): string {
  const named = things.map((thing) => `the ${thing}`);
  return named.length < 2 ? named.join('') : `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`;
}
