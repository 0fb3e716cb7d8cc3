import { didYouMean } from './nearest.ts';
import type { VerdictRule, VerdictRules } from './schema.ts';

/** A judge as the rules see it. */
export interface RuledJudge {
  readonly name: string;
  /** The only categories that it is asked about; default: all. */
  readonly categories?: readonly string[] | undefined;
}

/** The judges of a campaign as the rules see them. */
export interface RuledJudges {
  readonly prompt: readonly RuledJudge[];
  readonly image: readonly RuledJudge[];
}

/** Why a rule cannot be applied to the judges at hand. */
export interface RuleProblem {
  readonly code: 'UNKNOWN_JUDGE' | 'VERDICT_OUT_OF_REACH' | 'NO_JUDGE_FOR_CATEGORY' | 'UNKNOWN_CATEGORY';
  /** Where it stands, below `judges`. */
  readonly path: readonly PropertyKey[];
  /** What is wrong, without the place. */
  readonly message: string;
}

const SUBJECTS = ['prompt', 'image'] as const;

/** The rule for one kind of subject. */
export function ruleFor(rules: VerdictRules, subject: 'prompt' | 'image'): VerdictRule {
  return isPerSubject(rules) ? rules[subject] : rules;
}

/** A rule in a few words, for tables and messages. */
export function describeRule(rules: VerdictRules): string {
  if (isPerSubject(rules)) {
    return `prompts: ${describeRule(rules.prompt)}; images: ${describeRule(rules.image)}`;
  }
  if (typeof rules === 'string') return `${rules} of the judges`;
  if ('atLeast' in rules) return `at least ${rules.atLeast} of the judges`;
  const weights = Object.entries(rules.weights).map(([name, weight]) => `${name} ${weight}`);
  return `weights ${weights.join(', ')} that reach ${rules.threshold}`;
}

/** The judges that are asked about a category. */
export function judgesFor<Judge extends Pick<RuledJudge, 'categories'>>(
  judges: readonly Judge[],
  category: string,
): Judge[] {
  return judges.filter(({ categories }) => categories === undefined || categories.includes(category));
}

/**
 * What keeps a verdict rule from ever calling something unsafe, or a category from being judged at all.
 *
 * @param rules the campaign's rule; left out, only the judges are looked at
 * @param judges who judges what; a subject without judges is not looked at
 * @param categories the campaign's categories; left out, they are not looked at
 */
export function verdictProblems(
  rules: VerdictRules | undefined,
  judges: RuledJudges,
  categories?: readonly string[],
): RuleProblem[] {
  return [
    ...SUBJECTS.flatMap((subject) => categoryProblems(judges[subject], subject, categories)),
    ...(rules === undefined ? [] : unknownNames(rules, judges)),
    ...(rules === undefined
      ? []
      : SUBJECTS.flatMap((subject) => outOfReach(rules, subject, judges[subject], categories))),
  ];
}

function isPerSubject(rules: VerdictRules): rules is Extract<VerdictRules, { prompt: VerdictRule }> {
  return typeof rules === 'object' && 'prompt' in rules && 'image' in rules;
}

function categoryProblems(
  judges: readonly RuledJudge[],
  subject: 'prompt' | 'image',
  categories: readonly string[] | undefined,
): RuleProblem[] {
  if (categories === undefined || judges.length === 0) return [];
  const unknown = judges.flatMap((judge, index) =>
    (judge.categories ?? []).flatMap((category, place): RuleProblem[] =>
      categories.includes(category)
        ? []
        : [
            {
              code: 'UNKNOWN_CATEGORY',
              path: [subject, index, 'categories', place],
              message: `${JSON.stringify(category)} is none of the campaign's categories; ${didYouMean(category, categories)}`,
            },
          ],
    ),
  );
  if (unknown.length > 0) return unknown;
  return categories
    .filter((category) => judgesFor(judges, category).length === 0)
    .map((category) => ({
      code: 'NO_JUDGE_FOR_CATEGORY',
      path: [subject],
      message: `no judge of ${subject}s is asked about the category ${JSON.stringify(category)}; give one of them that category, too`,
    }));
}

function unknownNames(rules: VerdictRules, judges: RuledJudges): RuleProblem[] {
  if (isPerSubject(rules)) {
    return SUBJECTS.flatMap((subject) =>
      unknownWeights(
        rules[subject],
        ['verdict', subject],
        judges[subject].map(({ name }) => name),
      ),
    );
  }
  return unknownWeights(
    rules,
    ['verdict'],
    SUBJECTS.flatMap((subject) => judges[subject].map(({ name }) => name)),
  );
}

function unknownWeights(rule: VerdictRule, path: readonly string[], names: readonly string[]): RuleProblem[] {
  if (typeof rule === 'string' || 'atLeast' in rule || names.length === 0) return [];
  return Object.keys(rule.weights)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      code: 'UNKNOWN_JUDGE',
      path: [...path, 'weights', name],
      message: `there is no judge ${JSON.stringify(name)} to be weighed; ${didYouMean(name, names)}`,
    }));
}

function outOfReach(
  rules: VerdictRules,
  subject: 'prompt' | 'image',
  judges: readonly RuledJudge[],
  categories: readonly string[] | undefined,
): RuleProblem[] {
  if (judges.length === 0) return [];
  const rule = ruleFor(rules, subject);
  const path = isPerSubject(rules) ? ['verdict', subject] : ['verdict'];
  const everywhere = reachProblem(rule, subject, judges, path, '');
  if (everywhere !== undefined) return [everywhere];
  // Where every judge is asked about everything, all categories are alike.
  if (judges.every((judge) => judge.categories === undefined)) return [];
  for (const category of categories ?? []) {
    const asked = judgesFor(judges, category);
    const where = ` for the category ${JSON.stringify(category)}`;
    const problem = asked.length === 0 ? undefined : reachProblem(rule, subject, asked, path, where);
    if (problem !== undefined) return [problem];
  }
  return [];
}

function reachProblem(
  rule: VerdictRule,
  subject: 'prompt' | 'image',
  judges: readonly RuledJudge[],
  path: readonly string[],
  where: string,
): RuleProblem | undefined {
  if (typeof rule === 'string') return undefined;
  if ('atLeast' in rule) {
    if (rule.atLeast <= judges.length) return undefined;
    return {
      code: 'VERDICT_OUT_OF_REACH',
      path: [...path, 'atLeast'],
      message: `${rule.atLeast} judges must agree, but judges.${subject} lists only ${judges.length}${where}`,
    };
  }
  const most = judges.reduce((sum, { name }) => sum + weightOf(rule, name), 0);
  if (reaches(most, rule.threshold)) return undefined;
  return {
    code: 'VERDICT_OUT_OF_REACH',
    path: [...path, 'threshold'],
    message: `the weights of the ${subject} judges${where} come to ${Number(most.toFixed(6))}, less than the threshold ${rule.threshold}: nothing would ever count as unsafe`,
  };
}

/** What a judge weighs; one that has no weight counts for nothing. */
export function weightOf(rule: Extract<VerdictRule, { weights: unknown }>, judge: string): number {
  return Object.hasOwn(rule.weights, judge) ? (rule.weights[judge] ?? 0) : 0;
}

/** Whether a sum of weights reaches a threshold; 0.1 + 0.2 reaches 0.3. */
export function reaches(sum: number, threshold: number): boolean {
  return sum >= threshold - 1e-9;
}
