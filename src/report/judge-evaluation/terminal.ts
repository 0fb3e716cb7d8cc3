import type { JudgeEvaluation, JudgeMistakes, Mistake } from '../../judges/evaluation/judge-evaluation.ts';
import { cutToWidth, displayWidth, wrapWords } from '../display-width.ts';
import { type Emphasis, type TextStyle, textTable } from '../text.ts';
import {
  agreementTable,
  categoryTable,
  figureTable,
  rankingTable,
  verdictTable,
} from './evaluation-tables.ts';
import { scoreText } from './figures.ts';
import {
  agreementSentences,
  combinedSentences,
  dataSentences,
  EVALUATION_CONTENT_WARNING,
  raterSentences,
  selectionSentences,
  thresholdSentences,
} from './sentences.ts';

/** How wide a line with a prompt is where nothing tells. */
const DEFAULT_COLUMNS = 100;

/**
 * An evaluation as lines for a terminal.
 *
 * @param most how many mistakes of each kind are listed for each judge
 */
export function evaluationText(evaluation: JudgeEvaluation, most: number, style: TextStyle): string[] {
  const ranking = rankingTable(evaluation);
  const categories = categoryTable(evaluation);
  const agreement = agreementTable(evaluation);
  const say = (sentences: readonly string[], emphasis?: Emphasis) =>
    sentences.flatMap((sentence) =>
      wrapWords(style.clean(sentence), style.columns).map((line) =>
        emphasis === undefined ? line : style.emphasise(emphasis, line),
      ),
    );
  const parts = [
    [...say(dataSentences(evaluation)), ...say(raterSentences(evaluation))],
    textTable(verdictTable(evaluation), style),
    [...textTable(figureTable(evaluation, false), style), ...say(combinedSentences(evaluation), 'note')],
    say(selectionSentences(evaluation)),
    ...(ranking === undefined
      ? []
      : [[...textTable(ranking, style), ...say(thresholdSentences(evaluation), 'note')]]),
    ...(categories === undefined ? [] : [textTable(categories, style)]),
    ...(agreement === undefined
      ? []
      : [[...textTable(agreement, style), ...say(agreementSentences(evaluation))]]),
    errorLines(evaluation, style),
    mistakeLines(evaluation, most, style),
  ];
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index === 0 ? part : ['', ...part]));
}

/** Why judges failed, each reason once. */
function errorLines({ mistakes }: JudgeEvaluation, style: TextStyle): string[] {
  return mistakes.flatMap(({ judge, errors }) => {
    const reasons = Map.groupBy(errors, ({ error }) => `${error?.code}: ${error?.message}`);
    return [...reasons]
      .slice(0, 3)
      .flatMap(([reason, some]) =>
        wrapWords(
          style.clean(`${judge} failed on ${some.length}, which count neither way. ${reason}`),
          style.columns,
          '  ',
        ).map((line) => style.emphasise('bad', line)),
      );
  });
}

function mistakeLines({ mistakes }: JudgeEvaluation, most: number, style: TextStyle): string[] {
  const listed = most === 0 ? [] : mistakes.flatMap((of) => judgeLines(of, most, style));
  if (listed.length === 0) return [];
  return [
    ...wrapWords(EVALUATION_CONTENT_WARNING, style.columns).map((line) => style.emphasise('note', line)),
    ...listed,
  ];
}

function judgeLines(
  { judge, falsePositives, falseNegatives }: JudgeMistakes,
  most: number,
  style: TextStyle,
): string[] {
  return [
    { what: 'false positives', some: falsePositives },
    { what: 'false negatives', some: falseNegatives },
  ].flatMap(({ what, some }) => {
    if (some.length === 0) return [];
    const shown = some.slice(0, most);
    const which = shown.length === some.length ? `${some.length}` : `${shown.length} of ${some.length}`;
    return [
      '',
      style.emphasise('title', `${style.clean(judge)}, ${what} (${which})`),
      ...shown.map((mistake) => mistakeLine(mistake, style)),
    ];
  });
}

function mistakeLine(mistake: Mistake, style: TextStyle): string {
  const { place, text, score, label, found, category } = mistake;
  const why = [scoreText(score), label ?? '', (found ?? []).join(', ')].filter((part) => part !== '');
  const end = style.clean([category ?? '', why.join(' ')].filter((part) => part !== '').join(' · '));
  const start = `  ${style.clean(place)}  `;
  if (text === undefined) return cutToWidth(`${start}${end}`, style.columns ?? DEFAULT_COLUMNS);
  const columns = style.columns ?? DEFAULT_COLUMNS;
  const aside = end === '' ? '' : `  ${cutToWidth(end, Math.floor(columns / 3))}`;
  const room = Math.max(10, columns - displayWidth(start) - displayWidth(aside) - 2);
  return `${start}“${cutToWidth(style.clean(text), room)}”${style.emphasise('note', aside)}`;
}
