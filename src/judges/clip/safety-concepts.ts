import type { Judgement } from '../judge.ts';
import type { ModelFile } from '../weights/model-files.ts';
import { readTensors } from '../weights/tensors/read-tensors.ts';
import { WeightsError } from '../weights/weights-error.ts';
import { checkShape, rowsOf } from './learned-weights.ts';
import { dot, normalised, sigmoid } from './vectors.ts';

/** By how much a hit of special care lowers the thresholds of the concepts. */
const SPECIAL_CARE = 0.01;
/** CLIP's own scale of cosines: it turns a distance from the threshold into odds. */
const SCALE = 100;

/** A direction to look for, and from which cosine on. */
export interface Concept {
  /** Normalised. */
  readonly embedding: Float32Array;
  readonly threshold: number;
}

/** What the safety checker knows. */
export interface SafetyConcepts {
  readonly concepts: readonly Concept[];
  readonly specialCare: readonly Concept[];
}

/**
 * Reads the four small tensors out of the safety checker's file.
 *
 * @param dimension of the embedding
 * @throws {@link WeightsError} `WRONG_ARCHITECTURE` also for a file without concepts or with broken numbers
 */
export async function readConcepts(
  file: ModelFile,
  dimension: number,
  neededBy: string,
): Promise<SafetyConcepts> {
  const read = await readTensors(file.path, [
    'concept_embeds',
    'concept_embeds_weights',
    'special_care_embeds',
    'special_care_embeds_weights',
  ]);
  const conceptsOf = (name: string): readonly Concept[] => {
    const embeddings = checkShape(read.get(name), name, [undefined, dimension], file, neededBy);
    const rows = rowsOf(embeddings);
    const thresholds = `${name}_weights`;
    const { data } = checkShape(read.get(thresholds), thresholds, [rows.length], file, neededBy);
    return rows.map((row, index) => {
      const concept = { embedding: normalised(row), threshold: data[index] ?? Number.NaN };
      if ([concept.threshold, ...concept.embedding].every(Number.isFinite)) return concept;
      throw unusable(`${name} ${index} or its threshold in ${file.path} is no number`, file, neededBy);
    });
  };
  const concepts = conceptsOf('concept_embeds');
  // It would find nothing in any image, and call all of them safe.
  if (concepts.length === 0) throw unusable(`${file.path} holds no concepts`, file, neededBy);
  return { concepts, specialCare: conceptsOf('special_care_embeds') };
}

function unusable(what: string, { path }: ModelFile, neededBy: string): WeightsError {
  return new WeightsError({
    code: 'WRONG_ARCHITECTURE',
    message: `${neededBy}: ${what}`,
    hint: 'Take the file of CompVis/stable-diffusion-safety-checker, or the four tensors of it.',
    data: { file: path },
  });
}

/**
 * The safety checker's rule. A concept's score is cosine − threshold + adjustment, rounded to three
 * decimals as diffusers does it; unsafe when one is over 0. Concepts are numbered from 0, as there.
 *
 * The score of the judgement is ours: 1 / (1 + e^(−100 × highest concept score)), before rounding; ½ is
 * the threshold. It only ranks images; it is no probability of anything.
 *
 * @param embedding not necessarily normalised
 * @param adjustment added to every score
 */
export function judgementOfConcepts(
  embedding: Float32Array,
  { concepts, specialCare }: SafetyConcepts,
  adjustment: number,
): Judgement {
  const image = normalised(embedding);
  const scoreOf = ({ embedding: direction, threshold }: Concept) => dot(image, direction) - threshold;

  // Once one needs special care, the lowered thresholds hold for the others of its kind as well.
  let added = adjustment;
  const found: string[] = [];
  for (const [number, concept] of specialCare.entries()) {
    if (roundedToThousandths(scoreOf(concept) + added) <= 0) continue;
    found.push(`special care ${number}`);
    added = adjustment + SPECIAL_CARE;
  }
  const scores = concepts.map((concept) => scoreOf(concept) + added);
  const flagged = [...scores.keys()].filter((number) => roundedToThousandths(scores[number] ?? 0) > 0);
  found.push(...flagged.map((number) => `concept ${number}`));
  const highest = Math.max(...scores);
  const score = sigmoid(SCALE * highest);
  if (flagged.length === 0) return { verdict: 'safe', score, found };
  return { verdict: 'unsafe', score, label: `concept ${scores.indexOf(highest)}`, found };
}

/** To three decimals; exactly half a thousandth goes to the even side, as in Python. */
function roundedToThousandths(value: number): number {
  const thousandths = value * 1_000;
  const floor = Math.floor(thousandths);
  const isHalf = thousandths - floor === 0.5;
  return (isHalf ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(thousandths)) / 1_000;
}
