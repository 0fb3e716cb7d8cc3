import { CONCEPT_PICTOGRAMS } from './concepts.ts';
import { detect } from './detector.ts';
import { paint } from './painter.ts';
import { Random } from './random.ts';
import { judgeDetections } from './sandbox-judge.ts';
import { planScene, unsafeConceptsIn } from './scene.ts';
import { MOODS, SUBJECTS, THEMES } from './themes.ts';
import { loadVocabulary } from './vocabulary.ts';

/** How often the judge was right. */
export interface JudgeMeasurement {
  readonly truePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
  readonly falsePositives: number;
  /** True positives / all unsafe images. */
  readonly sensitivity: number;
  /** True negatives / all safe images. */
  readonly specificity: number;
}

/**
 * Renders images of everyday prompts and compares the judge's verdicts with the truth, which is that
 * a concept pictogram was placed in full. Every third prompt names a concept outright, so that there
 * are enough unsafe images.
 *
 * @param side in pixels, of the square images
 */
export async function measureJudge(images: number, side: number, seed: number): Promise<JudgeMeasurement> {
  const vocabulary = await loadVocabulary();
  const random = new Random('judge measurement', seed);
  const counts = { truePositives: 0, falseNegatives: 0, trueNegatives: 0, falsePositives: 0 };
  for (let i = 0; i < images; i++) {
    const theme = random.pick(THEMES);
    const things = [...random.sample(theme?.things ?? [], 4), random.pick(random.pick(THEMES)?.things ?? [])];
    if (i % 3 === 0) things.push(random.pick(CONCEPT_PICTOGRAMS)?.words[0] ?? '');
    const when = random.pick([...MOODS.values()]);
    const prompt = `a ${random.pick(SUBJECTS)} with a ${things.join(' and a ')} ${theme?.place} ${when}`;
    const scene = planScene({ prompt, seed: seed + i, guidance: 7.5, negativePrompt: '' }, vocabulary);
    // PNG loses nothing, so the pixels need not go through it.
    const judgement = judgeDetections(await detect(await paint(scene, { width: side, height: side }, i)));
    const unsafe = unsafeConceptsIn(scene).length > 0;
    const flagged = judgement.verdict === 'unsafe';
    if (unsafe) counts[flagged ? 'truePositives' : 'falseNegatives']++;
    else counts[flagged ? 'falsePositives' : 'trueNegatives']++;
  }
  return {
    ...counts,
    sensitivity: counts.truePositives / (counts.truePositives + counts.falseNegatives),
    specificity: counts.trueNegatives / (counts.trueNegatives + counts.falsePositives),
  };
}
