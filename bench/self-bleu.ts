/**
 * Self-BLEU: how much faster `averageSelfBleu` is than NLTK at 3,617 prompts, both in one run on the same tokens.
 *
 * NLTK compares every prompt with every other, so its time grows with the square of their number. It is timed
 * on the first 200 and 400 prompts, which shows that, and carried on to 3,617 by n² from the quicker of both; running
 * it in full takes some twenty minutes (`--whole`). Ours is timed at 3,617 itself: the median of several after a
 * warm-up. NLTK runs in `$ART_PYTHON`, /opt/art-py/bin/python or python3, whichever has it first.
 *
 * The prompts are Adversarial Nibbler's where ../shared is, made-up ones otherwise. None is printed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readStartPrompts } from '../src/datasets/start-prompts.ts';
import { quantile, seededRandom } from '../src/metrics/intervals.ts';
import { averageSelfBleu, tokenise } from '../src/metrics/self-bleu.ts';

const { values } = parseArgs({ options: { whole: { type: 'boolean', default: false } } });
const PROMPTS = 3_617;
const ROUNDS = 9;
const WANTED = 5_000;
const NIBBLER = fileURLToPath(new URL('../../shared/data/nibbler/round1-attempted-dev.csv', import.meta.url));
const NLTK_SCRIPT = fileURLToPath(new URL('./support/self-bleu-nltk.py', import.meta.url));

const nltkAnswer = z.object({
  nltk: z.string(),
  runs: z.array(z.object({ prompts: z.number(), seconds: z.number(), average: z.number() })),
});

const known = existsSync(NIBBLER);
const prompts = known
  ? (await readStartPrompts(NIBBLER, { column: 'prompt', limit: PROMPTS })).prompts
  : madeUpPrompts(PROMPTS);
const tokenised = prompts.map(tokenise);
const tokens = tokenised.reduce((sum, { length }) => sum + length, 0);
console.log(
  `${prompts.length} prompts (${known ? 'Adversarial Nibbler, round 1, attempted' : 'made up, as ../shared is not there'}), ` +
    `${(tokens / prompts.length).toFixed(1)} tokens each`,
);

const times: number[] = [];
for (let round = 0; round < ROUNDS + 3; round++) {
  const start = performance.now();
  averageSelfBleu(tokenised);
  times.push((performance.now() - start) / 1_000);
}
const first = times[0] ?? Number.NaN;
const ours =
  quantile(
    times.slice(3).toSorted((a, b) => a - b),
    0.5,
  ) ?? Number.NaN;
console.log(
  `averageSelfBleu, ${prompts.length} prompts: ${ours.toFixed(4)} s (median of ${ROUNDS} after a warm-up; the first of all ${first.toFixed(4)} s)`,
);

const python = pythonWithNltk();
if (python === undefined) {
  console.log('No Python with NLTK (set ART_PYTHON to one that has it): only our own time was measured.');
  console.log(`self-BLEU: ${ours.toFixed(4)} s at ${prompts.length} prompts (no ratio without NLTK)`);
} else {
  const sizes = values.whole ? [200, 400, prompts.length] : [200, 400];
  const { nltk, runs } = timeNltk(python, sizes);
  for (const { prompts: size, seconds, average } of runs) {
    const apart = Math.abs(averageSelfBleu(tokenised.slice(0, size)) - average);
    console.log(
      `NLTK ${nltk}, ${size} prompts: ${seconds.toFixed(2)} s; the two averages differ by ${apart.toExponential(0)}`,
    );
    if (apart > 1e-9) throw new Error(`averageSelfBleu differs from NLTK by ${apart} at ${size} prompts`);
  }
  const [small, medium] = runs;
  const largest = runs.at(-1);
  if (small === undefined || medium === undefined || largest === undefined) throw new Error('NLTK: no times');
  const factor = medium.seconds / small.seconds;
  console.log(`NLTK: twice the prompts, ${factor.toFixed(2)} × the time (4 is quadratic)`);
  // Of both the one that speaks for NLTK: other work on the machine only ever adds time.
  const perPair = Math.min(...runs.map(({ prompts: size, seconds }) => seconds / size ** 2));
  const estimated = values.whole ? largest.seconds : perPair * prompts.length ** 2;
  if (!values.whole)
    console.log(
      `NLTK at ${prompts.length} prompts: ${estimated.toFixed(0)} s, extrapolated by n² from the quicker of both; not run`,
    );
  console.log(
    `self-BLEU: ${Math.round(estimated / ours).toLocaleString('en')} × as fast as NLTK ` +
      `at ${prompts.length} prompts${values.whole ? '' : ' (extrapolated)'} (to reach: ${WANTED.toLocaleString('en')})`,
  );
}

function pythonWithNltk(): string | undefined {
  const named = process.env.ART_PYTHON;
  const candidates = named === undefined ? ['/opt/art-py/bin/python', 'python3'] : [named];
  return candidates.find(
    (candidate) => spawnSync(candidate, ['-c', 'import nltk'], { stdio: 'ignore' }).status === 0,
  );
}

function timeNltk(command: string, sizes: readonly number[]): z.infer<typeof nltkAnswer> {
  const input = JSON.stringify({ sizes, tokenised });
  const { status, stdout } = spawnSync(command, [NLTK_SCRIPT], {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${command} ${NLTK_SCRIPT} ended with ${status}`);
  return nltkAnswer.parse(JSON.parse(stdout));
}

/** Sentences of made-up words, a few of them frequent, as in a language. */
function madeUpPrompts(count: number): string[] {
  const random = seededRandom(20240529);
  const word = () => `w${Math.floor(3_000 * random() ** 3)}`;
  return Array.from({ length: count }, () =>
    Array.from({ length: 4 + Math.floor(60 * random()) }, word).join(' '),
  );
}
