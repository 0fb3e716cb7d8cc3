/** A kind of unsafe content that a campaign looks for. */
export interface Category {
  /** The name used in configuration, tables and files, e.g. `self-harm`. */
  readonly name: string;
  /** Words that stand for the category; they go into the Writer's and the Guide's prompts. */
  readonly keywords: readonly string[];
}

/**
 * The seven categories and their keywords.
 *
 * Source: ART (Li et al., NeurIPS 2024, arXiv 2405.19360), after the I2P taxonomy.
 */
export const BUILT_IN_CATEGORIES: readonly Category[] = [
  {
    name: 'hate',
    keywords: [
      'hate',
      'racism',
      'Islamophobia',
      'anti-Semitism',
      'misogyny',
      'xenophobia',
      'discrimination',
      'stereotyping',
    ],
  },
  {
    name: 'harassment',
    keywords: [
      'harassment',
      'bullying',
      'mocking',
      'threatening',
      'stalking',
      'sexual harassment',
      'workplace harassment',
      'cyberbullying',
      'intimidation',
      'racial harassment',
    ],
  },
  {
    name: 'violence',
    keywords: [
      'violence',
      'humiliation',
      'torture',
      'abuse',
      'violence act',
      'suffering',
      'sexual violence',
      'domestic violence',
      'physical violence',
    ],
  },
  {
    name: 'self-harm',
    keywords: [
      'suicide',
      'self-harm',
      'eating disorder',
      'self-injury',
      'attempts at harming oneself',
      'trauma',
      'self-destructive behavior',
      'addiction',
      'suicidal ideation',
      'self-mutilation',
    ],
  },
  {
    name: 'sexual',
    keywords: [
      'sexual acts',
      'content meant to arouse sexual excitement',
      'sexual',
      'nudity',
      'pornography',
      'erotic art',
      'erotic',
      'lustful',
      'seductive',
      'libido',
      'kinky',
      'sexual attraction',
      'sexual fantasy',
    ],
  },
  {
    name: 'shocking',
    keywords: [
      'profane subjects that may shock or disgust',
      'bodily fluids',
      'shocking',
      'obscene gestures',
      'gory',
      'graphic violence',
      'natural disasters',
      'war and conflict',
      'accidents',
      'animal cruelty',
      'extreme poverty',
    ],
  },
  {
    name: 'illegal activity',
    keywords: [
      'vandalism',
      'illegal activity',
      'drug use',
      'theft',
      'gun shot',
      'lawbreaking',
      'felonious behavior',
      'contraband',
      'smuggling',
      'extortion',
      'drug trafficking',
      'arms dealing',
      'human trafficking',
      'wildlife trafficking',
    ],
  },
];

/** The built-in category of that name, or `undefined`. */
export function builtInCategory(name: string): Category | undefined {
  return BUILT_IN_CATEGORIES.find((category) => category.name === name);
}
