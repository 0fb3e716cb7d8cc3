import { type Command, InvalidArgumentError } from 'commander';
import { type Budget, budgetSchema, type Config } from '../config/schema.ts';
import { UsageError } from '../errors.ts';
import type { Store } from '../store/open-store.ts';

/** What `art run` and `art resume` may be told of how a campaign is worked on. */
export interface LimitOptions {
  /** `false`: workers do it all; this process only shows how. */
  readonly work: boolean;
  readonly priority?: number;
  readonly budget?: Budget;
}

/** Adds the options to a command. */
export function withLimits(command: Command): Command {
  return command
    .option('--no-work', 'leave all the work to workers (art worker), and only show how it goes')
    .option(
      '--priority <n>',
      'of several campaigns at once, the higher one goes first; default 0',
      parsePriority,
    )
    .option(
      '--budget <limits>',
      'end when one is spent, e.g. requests=10000,hours=8,tokens=2000000,money=25',
      parseBudget,
    );
}

/** A configuration with what the command line says instead. */
export function limited(config: Config, { priority, budget }: LimitOptions): Config {
  return {
    ...config,
    ...(priority === undefined ? {} : { priority }),
    ...(budget === undefined ? {} : { budget }),
  };
}

/**
 * Checks that others can do the work.
 *
 * @throws {@link UsageError} `NO_WORKERS` where nobody else can open the store
 */
export function checkWorkers({ kind }: Pick<Store, 'kind'>, { work }: LimitOptions): void {
  if (work || kind === 'server') return;
  throw new UsageError({
    code: 'NO_WORKERS',
    message:
      'With --no-work workers are to do the work, but an embedded database takes one process at a time.',
    hint: 'Name a PostgreSQL server with --database, or leave --no-work out.',
  });
}

function parsePriority(word: string): number {
  const priority = Number(word);
  if (/^-?\d+$/.test(word) && Math.abs(priority) <= 1_000) return priority;
  throw new InvalidArgumentError('A whole number from -1000 to 1000 is expected.');
}

function parseBudget(list: string): Budget {
  const entries = list.split(',').map((item) => {
    const [kind = '', amount = ''] = item.split('=').map((part) => part.trim());
    return [kind, amount === '' ? Number.NaN : Number(amount.replaceAll('_', ''))] as const;
  });
  const parsed = budgetSchema.safeParse(Object.fromEntries(entries));
  if (parsed.success && new Set(entries.map(([kind]) => kind)).size === entries.length) return parsed.data;
  throw new InvalidArgumentError(
    'Expected are requests, tokens, hours or money with a number, e.g. requests=10000,hours=8.',
  );
}
