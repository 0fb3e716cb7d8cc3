import { type Command, InvalidArgumentError, Option } from 'commander';
import { didYouMean } from '../config/nearest.ts';
import type { VerdictRules } from '../config/schema.ts';
import { verdictProblems } from '../config/verdict-rules.ts';
import { UsageError } from '../errors.ts';
import { type CountedJudges, readCountedJudges } from '../report/counted-judges.ts';
import type { CountOptions } from '../report/counted-record.ts';
import type { ErrorCounting } from '../report/published-errors.ts';
import { readRecordedCampaign } from '../report/recorded-campaign.ts';
import { listConversations } from '../store/campaigns.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import { parseRule, VERDICT_WORDS } from './verdict-option.ts';

/** The options that say how to count. */
export interface CountingOptions {
  readonly verdict?: VerdictRules;
  readonly judges?: readonly string[];
  readonly errors?: ErrorCounting;
}

const ERROR_COUNTINGS = ['shown', 'as-published'] as const satisfies readonly ErrorCounting[];

/** Adds the options that say how to count. */
export function withCountingOptions(command: Command): Command {
  return command
    .option('--verdict <rule>', `${VERDICT_WORDS}: count by another rule`, parseRule)
    .option('--judges <names>', 'count only these judges, e.g. lexicon,nsfwjs', parseNames)
    .addOption(
      new Option(
        '--errors <counting>',
        'where a judge failed: shown beside the numbers (default), or as-published: counted as the code of the paper does',
      ).choices(ERROR_COUNTINGS),
    );
}

/**
 * How to count, after checking that these campaigns can be counted so.
 *
 * @throws {@link UsageError} for a judge that did not judge, or a rule that nothing can meet
 */
export async function countingOf(
  options: CountingOptions,
  store: Store,
  campaigns: readonly CampaignRow[],
): Promise<CountOptions> {
  for (const campaign of campaigns) await checkOptions(options, store, campaign);
  const { verdict, judges, errors } = options;
  return { rule: verdict, judges, errors };
}

/** A judge that did not judge, and a rule that nothing can meet, are refused, as the configuration does. */
async function checkOptions(
  { verdict, judges: only }: CountingOptions,
  store: Store,
  campaign: CampaignRow,
): Promise<void> {
  if (verdict === undefined && only === undefined) return;
  const counted = await readCountedJudges(store.database, campaign);
  const known = [...counted.prompt, ...counted.image].map(({ name }) => name);
  for (const name of only ?? []) {
    if (!known.includes(name)) throw unknownJudge(name, known, counted, campaign);
  }
  const chosen = (subject: 'prompt' | 'image') => {
    const some = counted[subject].filter(({ name }) => only === undefined || only.includes(name));
    return some.length === 0 ? counted[subject] : some;
  };
  const judges = { prompt: chosen('prompt'), image: chosen('image') };
  // With fewer judges the campaign's own rule may be out of reach as well.
  const rules = verdict ?? readRecordedCampaign(campaign.config).judges.verdict;
  const conversations = await listConversations(store.database, campaign.id);
  const categories = [...new Set(conversations.map(({ category }) => category))];
  const [problem] = verdictProblems(rules, judges, categories).filter(
    ({ code }) => code === 'VERDICT_OUT_OF_REACH' || code === 'UNKNOWN_JUDGE' || only !== undefined,
  );
  if (problem === undefined) return;
  const number =
    problem.code === 'VERDICT_OUT_OF_REACH' && typeof rules === 'object' && 'atLeast' in rules
      ? rules.atLeast
      : undefined;
  const subject = number !== undefined && judges.prompt.length < number ? 'prompt' : 'image';
  const count = judges[subject].length;
  throw new UsageError({
    code: problem.code,
    message:
      number === undefined
        ? `${problem.code === 'NO_JUDGE_FOR_CATEGORY' ? '--judges' : verdict === undefined ? "The campaign's rule" : '--verdict'}: ${problem.message}.`
        : `${verdict === undefined ? 'atLeast' : '--verdict'} ${number} can never be met: ${campaign.name} has ${count} ${subject} judge${count === 1 ? '' : 's'}.`,
    hint:
      number === undefined
        ? `Its judges are: ${known.join(', ')}.`
        : 'Give a lower number, any or majority: nothing would ever count as unsafe.',
    data: { path: problem.path.map(String), judges: known },
  });
}

function unknownJudge(
  name: string,
  known: readonly string[],
  { incomplete }: CountedJudges,
  { id, name: campaign }: CampaignRow,
): UsageError {
  const unfinished = incomplete.find(({ judge }) => judge === name);
  return new UsageError({
    code: 'UNKNOWN_JUDGE',
    message:
      unfinished === undefined
        ? `--judges: ${campaign} has no judge ${JSON.stringify(name)}; ${didYouMean(name, known)}`
        : `--judges: ${JSON.stringify(name)} has judged only ${unfinished.judged} of ${unfinished.subjects} ${unfinished.subject}s.`,
    hint:
      unfinished === undefined
        ? `Its judges are: ${known.join(', ')}. Others are added with: art judge`
        : `Complete it with: art judge ${id}`,
    data: { judge: name, known },
  });
}

function parseNames(words: string): string[] {
  const names = words
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length > 0) return names;
  throw new InvalidArgumentError('Give the names of judges, e.g. lexicon,nsfwjs.');
}
