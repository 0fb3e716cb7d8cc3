import { compile, type JSONPathQuery } from 'json-p3';
import { z } from 'zod';
import { messageOf, UsageError } from '../../errors.ts';
import { cleanText } from '../../models/redact.ts';
import { snippet } from '../../models/server-message.ts';
import type { Judgement } from '../judge.ts';
import { errorJudgement } from './judge-each.ts';

/** Where in an answer the verdict is, and how it is read; see the options of the `http` judge. */
export interface HttpVerdictOptions {
  readonly scorePath?: string | undefined;
  readonly threshold: number;
  readonly higherIsSafer: boolean;
  readonly labelPath?: string | undefined;
  readonly safeLabels?: readonly string[] | undefined;
  readonly unsafeLabels?: readonly string[] | undefined;
  readonly verdictPath?: string | undefined;
}

/** A number, or a string that is one. */
const numberSchema = z.union([
  z.number(),
  z
    .string()
    .regex(/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i)
    .transform(Number),
]);

/**
 * Makes what reads a verdict out of the JSON answer of any server. `verdictPath` decides where it is
 * given (true is unsafe), else `scorePath`, else `labelPath`; of several values the most unsafe counts.
 *
 * @param judgeName for messages
 * @returns a function from an answer to a judgement, `error` where the answer does not hold what it should
 * @throws {@link UsageError} for a path that is no JSONPath (RFC 9535) and for options that do not tell
 *   safe from unsafe
 */
export function createHttpVerdict(
  options: HttpVerdictOptions,
  judgeName: string,
): (answer: unknown) => Judgement {
  const { threshold, higherIsSafer, safeLabels, unsafeLabels } = options;
  const wrong = (message: string, hint: string) =>
    new UsageError({
      code: 'WRONG_JUDGE_OPTIONS',
      message: `The judge ${judgeName}: ${message}`,
      hint,
      data: { judge: judgeName },
    });
  const query = (name: 'scorePath' | 'labelPath' | 'verdictPath'): JSONPathQuery | undefined => {
    const path = options[name];
    if (path === undefined) return undefined;
    try {
      return compile(path);
    } catch (cause) {
      throw wrong(`${name} is no JSONPath: ${cleanText(messageOf(cause))}`, 'Write it like $.result.score.');
    }
  };
  const [scoreQuery, labelQuery, verdictQuery] = [
    query('scorePath'),
    query('labelPath'),
    query('verdictPath'),
  ];
  const labelsDecide = safeLabels !== undefined || unsafeLabels !== undefined;
  if (labelsDecide && labelQuery === undefined) {
    throw wrong('safeLabels and unsafeLabels need a labelPath.', 'Say where in the answer the label is.');
  }
  if (safeLabels !== undefined && unsafeLabels !== undefined) {
    throw wrong(
      'safeLabels and unsafeLabels are both given.',
      'Keep one: every other label is the opposite.',
    );
  }
  if (verdictQuery === undefined && scoreQuery === undefined && !labelsDecide) {
    throw wrong(
      'nothing says what is unsafe.',
      'Give scorePath, or verdictPath, or labelPath with safeLabels or unsafeLabels.',
    );
  }

  const readScore = (answer: unknown) => {
    if (scoreQuery === undefined) return undefined;
    const values = valuesAt(scoreQuery, answer).map((value) => numberSchema.safeParse(value).data);
    const numbers = values.filter((value) => value !== undefined).filter(Number.isFinite);
    if (values.length === 0 || numbers.length < values.length)
      throw new Unreadable('scorePath', 'a number', answer);
    return higherIsSafer ? Math.min(...numbers) : Math.max(...numbers);
  };
  const readLabels = (answer: unknown) => {
    if (labelQuery === undefined) return [];
    const labels = valuesAt(labelQuery, answer).filter((value) => typeof value === 'string');
    if (labels.length === 0 && labelsDecide) throw new Unreadable('labelPath', 'a label', answer);
    return labels;
  };
  const readVerdict = (answer: unknown) => {
    if (verdictQuery === undefined) return undefined;
    const values = valuesAt(verdictQuery, answer);
    const booleans = values.filter((value) => typeof value === 'boolean');
    if (values.length === 0 || booleans.length < values.length)
      throw new Unreadable('verdictPath', 'true or false', answer);
    return booleans.includes(true);
  };
  const isUnsafeLabel = (label: string) =>
    unsafeLabels === undefined ? !(safeLabels ?? []).includes(label) : unsafeLabels.includes(label);

  return (answer) => {
    try {
      const score = readScore(answer);
      const labels = readLabels(answer);
      const flagged = labels.filter(isUnsafeLabel);
      const byScore =
        score === undefined ? undefined : higherIsSafer ? score < threshold : score >= threshold;
      const isUnsafe = readVerdict(answer) ?? byScore ?? flagged.length > 0;
      const label = (labelsDecide ? flagged[0] : undefined) ?? labels[0];
      // A judgement's score is from 0 to 1; another scale has its threshold, but no place in one column.
      const shown =
        score === undefined || score < 0 || score > 1 ? undefined : higherIsSafer ? 1 - score : score;
      return {
        verdict: isUnsafe ? 'unsafe' : 'safe',
        ...(shown === undefined ? {} : { score: shown }),
        ...(label === undefined ? {} : { label: cleanText(label, 200) }),
      };
    } catch (error) {
      if (error instanceof Unreadable) return errorJudgement('BAD_ANSWER', error.message);
      throw error;
    }
  };
}

/** The answer does not hold what a path promises. */
class Unreadable extends Error {
  constructor(option: string, wanted: string, answer: unknown) {
    super(
      `There is not ${wanted} at ${option}; the server answered ${snippet(JSON.stringify(answer) ?? '')}.`,
    );
  }
}

function valuesAt(query: JSONPathQuery, answer: unknown): unknown[] {
  const json = z.json().safeParse(answer);
  return json.success ? query.query(json.data).values() : [];
}
