/** The highest n of the n-grams that the measure looks at. */
const HIGHEST_ORDER = 5;
/** The mean is over BLEU-2 to BLEU-5. */
const LOWEST_MEAN_ORDER = 2;
/** Smoothing method 1 of Chen & Cherry 2014: what a zero numerator becomes. */
const EPSILON = 0.1;

/** In place of an n-gram's number: it is in no other prompt, so that nothing longer with it is either. */
const NOWHERE_ELSE = -1;

/** All tokens one after the other, as numbers; those of prompt i lie from `starts[i]` up to `starts[i + 1]`. */
interface Corpus {
  readonly tokens: Int32Array<ArrayBuffer>;
  readonly starts: Int32Array;
  /** How many different tokens there are. */
  readonly different: number;
}

/**
 * The average self-BLEU of a set of prompts: the mean over n = 2, 3, 4, 5 of the mean over all
 * prompts of the sentence BLEU-n of the prompt against all the other prompts. High means alike;
 * the report shows 1 − this.
 *
 * Equal to NLTK's `sentence_bleu` (uniform weights, smoothing method 1, closest reference length),
 * but in time proportional to the number of tokens instead of to the square of the prompts: for the
 * clipped counts it is enough to know each n-gram's two highest counts and who holds the highest.
 * N-grams are numbered, each by the number of the shorter one that it begins with and its last token.
 *
 * Source: Zhu et al. 2018 (arXiv 1802.01886) for self-BLEU; Papineni et al. 2002 for BLEU; Chen &
 * Cherry 2014 for the smoothing; ART (arXiv 2405.19360), Figure 4.
 *
 * @param tokenised one list of tokens a prompt
 * @returns from 0 to 1; 0 for fewer than two prompts, which have nothing to be alike to
 */
export function averageSelfBleu(tokenised: readonly (readonly string[])[]): number {
  const prompts = tokenised.length;
  if (prompts < 2) return 0;
  const corpus = numberTokens(tokenised);
  const lengths = tokenised.map(({ length }) => length);
  const penalties = logBrevityPenalties(lengths);
  const logs = new Float64Array(prompts);
  const withoutUnigram = new Uint8Array(prompts);

  const grams = corpus.tokens.slice();
  let different = corpus.different;
  let sum = 0;
  for (let order = 1; order <= HIGHEST_ORDER; order++) {
    if (order > 1) different = lengthenGrams(grams, corpus, order);
    const matches = clippedMatches(grams, corpus, different);
    for (let prompt = 0; prompt < prompts; prompt++) {
      const matched = matches[prompt] ?? 0;
      if (order === 1 && matched === 0) withoutUnigram[prompt] = 1;
      const numerator = matched === 0 ? EPSILON : matched;
      const total = Math.max(1, (lengths[prompt] ?? 0) - order + 1);
      const log = (logs[prompt] ?? 0) + Math.log(numerator / total);
      logs[prompt] = log;
      if (order < LOWEST_MEAN_ORDER || withoutUnigram[prompt] === 1) continue;
      sum += Math.exp((penalties[prompt] ?? 0) + log / order);
    }
  }
  return sum / prompts / (HIGHEST_ORDER - LOWEST_MEAN_ORDER + 1);
}

/**
 * Words and marks of a prompt in lower case, composed (NFC), accents and vowel signs with the letters that they belong
 * to: what the report hands to {@link averageSelfBleu}.
 */
export function tokenise(prompt: string): string[] {
  return (
    prompt
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*|[^\s\p{L}\p{N}]/gu) ?? []
  );
}

function numberTokens(tokenised: readonly (readonly string[])[]): Corpus {
  const starts = new Int32Array(tokenised.length + 1);
  for (const [prompt, { length }] of tokenised.entries()) starts[prompt + 1] = (starts[prompt] ?? 0) + length;
  const tokens = new Int32Array(starts[tokenised.length] ?? 0);
  const numbers = new Map<string, number>();
  let place = 0;
  for (const prompt of tokenised) {
    for (const token of prompt) {
      let number = numbers.get(token);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(token, number);
      }
      tokens[place++] = number;
    }
  }
  return { tokens, starts, different: numbers.size };
}

/**
 * Makes of the numbers of the (order − 1)-grams that begin at each place those of the n-grams of this
 * order, in place.
 *
 * @returns how many different ones there are
 */
function lengthenGrams(grams: Int32Array, { tokens, starts }: Corpus, order: number): number {
  // A hash table with open addressing, at most half full.
  const slots = 2 ** Math.ceil(Math.log2(2 * grams.length + 2));
  const beginnings = new Int32Array(slots);
  const lastTokens = new Int32Array(slots);
  /** One more than the n-gram's number; 0: free. */
  const numbers = new Int32Array(slots);
  let different = 0;
  for (let prompt = 0; prompt + 1 < starts.length; prompt++) {
    const end = starts[prompt + 1] ?? 0;
    for (let place = starts[prompt] ?? 0; place < end; place++) {
      const beginning = grams[place] ?? NOWHERE_ELSE;
      const last = place + order - 1;
      if (beginning === NOWHERE_ELSE || last >= end || grams[place + 1] === NOWHERE_ELSE) {
        grams[place] = NOWHERE_ELSE;
        continue;
      }
      const token = tokens[last] ?? 0;
      let slot = hashOf(beginning, token) & (slots - 1);
      while (numbers[slot] !== 0 && (beginnings[slot] !== beginning || lastTokens[slot] !== token)) {
        slot = (slot + 1) & (slots - 1);
      }
      if (numbers[slot] === 0) {
        beginnings[slot] = beginning;
        lastTokens[slot] = token;
        numbers[slot] = ++different;
      }
      grams[place] = (numbers[slot] ?? 0) - 1;
    }
  }
  return different;
}

/** Mixes two numbers. Source of the constants: MurmurHash3's finaliser, Austin Appleby (public domain). */
function hashOf(first: number, second: number): number {
  let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/**
 * Counts for each prompt its n-grams, each at most as often as the other prompt with most of it has it.
 * N-grams that no other prompt has are marked {@link NOWHERE_ELSE}.
 *
 * @param grams the number of the n-gram that begins at each place
 * @param different how many different ones there are
 */
function clippedMatches(grams: Int32Array, { starts }: Corpus, different: number): Int32Array {
  const highest = new Int32Array(different);
  const holder = new Int32Array(different).fill(-1);
  const second = new Int32Array(different);
  /** How often the prompt at hand has had it so far, and which prompt that is. */
  const count = new Int32Array(different);
  const counted = new Int32Array(different).fill(-1);
  const countOne = (gram: number, prompt: number): number => {
    const so = counted[gram] === prompt ? (count[gram] ?? 0) + 1 : 1;
    counted[gram] = prompt;
    count[gram] = so;
    return so;
  };
  const prompts = starts.length - 1;
  for (let prompt = 0; prompt < prompts; prompt++) {
    const end = starts[prompt + 1] ?? 0;
    for (let place = starts[prompt] ?? 0; place < end; place++) {
      const gram = grams[place] ?? NOWHERE_ELSE;
      if (gram === NOWHERE_ELSE) continue;
      const times = countOne(gram, prompt);
      const most = highest[gram] ?? 0;
      if (holder[gram] === prompt) highest[gram] = times;
      else if (times > most) {
        second[gram] = most;
        highest[gram] = times;
        holder[gram] = prompt;
      } else if (times > (second[gram] ?? 0)) second[gram] = times;
    }
  }

  counted.fill(-1);
  const matches = new Int32Array(prompts);
  for (let prompt = 0; prompt < prompts; prompt++) {
    const end = starts[prompt + 1] ?? 0;
    let matched = 0;
    for (let place = starts[prompt] ?? 0; place < end; place++) {
      const gram = grams[place] ?? NOWHERE_ELSE;
      if (gram === NOWHERE_ELSE) continue;
      const elsewhere = (holder[gram] === prompt ? second[gram] : highest[gram]) ?? 0;
      if (elsewhere === 0) grams[place] = NOWHERE_ELSE;
      else if (countOne(gram, prompt) <= elsewhere) matched++;
    }
    matches[prompt] = matched;
  }
  return matches;
}

/** log of the brevity penalty of each prompt against the closest length among the others (the shorter on a tie). */
function logBrevityPenalties(lengths: readonly number[]): number[] {
  const howMany = new Map<number, number>();
  for (const length of lengths) howMany.set(length, (howMany.get(length) ?? 0) + 1);
  const distinct = [...howMany.keys()].sort((a, b) => a - b);
  const penalties = new Map<number, number>();
  for (const [place, length] of distinct.entries()) {
    const others = (howMany.get(length) ?? 0) > 1 ? [length] : [];
    const shorter = distinct[place - 1];
    const longer = distinct[place + 1];
    if (shorter !== undefined) others.push(shorter);
    if (longer !== undefined) others.push(longer);
    const closest = others.reduce((best, other) =>
      Math.abs(other - length) < Math.abs(best - length) ||
      (Math.abs(other - length) === Math.abs(best - length) && other < best)
        ? other
        : best,
    );
    if (length > closest) penalties.set(length, 0);
    else penalties.set(length, length === 0 ? Number.NEGATIVE_INFINITY : 1 - closest / length);
  }
  return lengths.map((length) => penalties.get(length) ?? 0);
}
