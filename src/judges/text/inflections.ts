/**
 * The grammatical forms of an English word: singular and plural, and the forms of the verb that it
 * is or comes from (`bullying` → bully, bullies, bullied, bully's doer).
 *
 * A rule that does not fit gives a form that is no word (`theft` → `thefted`) and so matches nothing.
 *
 * @param word one lower-case word
 * @returns the word and its forms
 */
export function grammaticalForms(word: string): Set<string> {
  const forms = new Set<string>([word]);
  add(forms, plurals(word));
  if (/[^su]s$/.test(word) && word.length > 3) add(forms, [singular(word)]);
  for (const verb of verbsBehind(word)) add(forms, verbForms(verb));
  return forms;
}

/**
 * The forms that word formation gives beside the grammatical ones: `racism` → racist,
 * `violence` → violent, `humiliation` → humiliate, `xenophobia` → xenophobic …
 *
 * @param word one lower-case word
 * @returns the word, its grammatical forms, and those of the words made from it
 */
export function wordFamily(word: string): Set<string> {
  const family = grammaticalForms(word);
  for (const { ending, shortest, make } of FAMILIES) {
    const stem = word.slice(0, -ending.length);
    if (word.endsWith(ending) && stem.length >= shortest) add(family, make(stem));
  }
  return family;
}

interface Family {
  readonly ending: string;
  /** The fewest letters that have to stand before the ending. */
  readonly shortest: number;
  readonly make: (stem: string) => Iterable<string>;
}

const withPlural = (...words: string[]) => words.flatMap((word) => [word, ...plurals(word)]);
const verbs = (...bases: string[]) => bases.flatMap((base) => [...verbForms(base)]);

const FAMILIES: readonly Family[] = [
  { ending: 'ism', shortest: 3, make: (stem) => [...withPlural(`${stem}ist`), `${stem}istic`] },
  { ending: 'ism', shortest: 5, make: (stem) => [...withPlural(stem), ...verbs(`${stem}ize`, `${stem}ise`)] },
  { ending: 'itism', shortest: 3, make: (stem) => [...withPlural(`${stem}ite`), `${stem}itic`] },
  { ending: 'ist', shortest: 3, make: (stem) => [`${stem}ism`, `${stem}istic`] },
  { ending: 'ence', shortest: 4, make: (stem) => [`${stem}ent`, `${stem}ently`] },
  { ending: 'ance', shortest: 4, make: (stem) => [`${stem}ant`, `${stem}antly`] },
  { ending: 'ment', shortest: 5, make: (stem) => verbs(stem) },
  { ending: 'ation', shortest: 4, make: (stem) => [...verbs(`${stem}ate`), `${stem}atory`] },
  {
    ending: 'tion',
    shortest: 4,
    make: (stem) => [...verbs(`${stem}t`), ...verbs(`${stem}te`), `${stem}tive`],
  },
  { ending: 'ity', shortest: 3, make: (stem) => withPlural(`${stem}e`) },
  {
    ending: 'yny',
    shortest: 3,
    make: (stem) => [...withPlural(`${stem}ynist`), `${stem}ynistic`, `${stem}ynous`],
  },
  { ending: 'phobia', shortest: 3, make: (stem) => [...withPlural(`${stem}phobe`), `${stem}phobic`] },
  {
    ending: 'graphy',
    shortest: 3,
    make: (stem) => [`${stem}graphic`, `${stem}graphically`, ...withPlural(`${stem}grapher`)],
  },
  { ending: 'ful', shortest: 3, make: (stem) => [`${stem}fully`, `${stem}fulness`] },
  {
    ending: 'al',
    shortest: 3,
    make: (stem) => [`${stem}ally`, `${stem}ality`, ...verbs(`${stem}alize`, `${stem}alise`)],
  },
  {
    ending: 'ic',
    shortest: 3,
    make: (stem) => [`${stem}ica`, `${stem}ical`, `${stem}ically`, `${stem}icism`],
  },
  { ending: 'ive', shortest: 3, make: (stem) => [`${stem}ively`, `${stem}iveness`] },
  { ending: 'y', shortest: 3, make: (stem) => [`${stem}ier`, `${stem}iest`, `${stem}ily`, `${stem}iness`] },
  { ending: 'ide', shortest: 3, make: (stem) => [`${stem}idal`, `${stem}idally`] },
  { ending: 'ate', shortest: 1, make: (stem) => [`${stem}ateful`, `${stem}atefully`, `${stem}atred`] },
  { ending: 'ing', shortest: 3, make: (stem) => [`${stem}ingly`] },
  {
    ending: 'ma',
    shortest: 3,
    make: (stem) => [`${stem}matic`, `${stem}matically`, ...verbs(`${stem}matize`, `${stem}matise`)],
  },
];

function plurals(word: string): string[] {
  if (/[^aeiou]y$/.test(word)) return [`${word.slice(0, -1)}ies`];
  if (/(?:s|x|z|ch|sh)$/.test(word)) return [`${word}es`];
  return [`${word}s`];
}

function singular(word: string): string {
  if (/[^aeiou]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(?:ss|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return word.slice(0, -1);
}

/** The verbs that a word may be a form of: itself, or what stands before `-ing`. */
function verbsBehind(word: string): string[] {
  const stem = word.slice(0, -3);
  if (!word.endsWith('ing') || stem.length < 3 || !/[aeiouy]/.test(stem)) return [word];
  const bases = [stem, `${stem}e`];
  if (/([bdglmnprt])\1$/.test(stem)) bases.push(stem.slice(0, -1));
  if (stem.endsWith('ck')) bases.push(stem.slice(0, -1));
  return bases;
}

function verbForms(base: string): Set<string> {
  const forms = new Set([base, ...plurals(base)]);
  for (const stem of pastStems(base)) {
    add(forms, [`${stem}ed`, `${stem}er`, `${stem}ers`]);
  }
  for (const stem of presentStems(base)) add(forms, [`${stem}ing`, `${stem}ings`]);
  return forms;
}

const doubles = (base: string) => /^[a-z]{0,3}[aeiou][bdgmnpt]$/.test(base) && !/[aeiou]{2}.$/.test(base);

function pastStems(base: string): string[] {
  if (base.endsWith('e')) return [base.slice(0, -1)];
  if (/[^aeiou]y$/.test(base)) return [`${base.slice(0, -1)}i`];
  if (base.endsWith('c')) return [`${base}k`];
  return doubles(base) ? [base, `${base}${base.at(-1)}`] : [base];
}

function presentStems(base: string): string[] {
  if (base.endsWith('e')) return [base.slice(0, -1)];
  if (base.endsWith('c')) return [`${base}k`];
  return doubles(base) ? [base, `${base}${base.at(-1)}`] : [base];
}

function add(set: Set<string>, words: Iterable<string>): void {
  for (const word of words) set.add(word);
}
