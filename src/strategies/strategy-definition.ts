import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { Category } from '../taxonomy/categories.ts';
import type { Strategy } from './strategy.ts';

/** What the making of a strategy gets from outside. */
export interface StrategyServices {
  /** The categories of the campaign. */
  readonly categories: readonly Category[];
  /** The folder of the configuration: files are looked for from here. */
  readonly configDir: string;
  /**
   * Fetches a file of a dataset on the Hugging Face Hub, or finds it in the cache.
   *
   * @returns its absolute path
   */
  hubFile(file: HubFile): Promise<string>;
}

/** A file of a dataset on the Hub. */
export interface HubFile {
  /** `owner/name`. */
  readonly dataset: string;
  /** Its path there. */
  readonly file: string;
  /** A branch, tag or commit; default `main`. */
  readonly revision?: string | undefined;
  /** Who needs it, for messages. */
  readonly neededBy: string;
}

/** A strategy that configurations can name. */
export interface StrategyDefinition {
  /** The name in configuration and in tables. */
  readonly name: string;
  /** How it finds the next prompt, in one line. */
  readonly description: string;
  /** The options that may stand beside the name in the configuration. */
  readonly optionsSchema: z.ZodObject;
  /**
   * Makes the strategy; files that it reads have been read when this returns.
   *
   * @param options whatever stood beside the name; checked here
   * @throws {@link UsageError} when the options are wrong or a file cannot be read
   */
  create(options: unknown, services: StrategyServices): Promise<Strategy>;
}

/** Declares a strategy for the registry; `create` gets options that have been checked. */
export function strategyDefinition<Schema extends z.ZodObject>({
  name,
  description,
  optionsSchema,
  create,
}: {
  readonly name: string;
  readonly description: string;
  readonly optionsSchema: Schema;
  create(options: z.output<Schema>, services: StrategyServices): Promise<Strategy> | Strategy;
}): StrategyDefinition {
  return {
    name,
    description,
    optionsSchema,
    async create(options, services) {
      const parsed = optionsSchema.safeParse(options, { reportInput: true });
      if (parsed.success) return await create(parsed.data, services);
      const known = Object.keys(optionsSchema.shape);
      throw new UsageError({
        code: 'STRATEGY_OPTIONS',
        message: `The options of the strategy ${name} are wrong: ${z.prettifyError(parsed.error).replace(/\s+/g, ' ')}`,
        hint: known.length === 0 ? 'It has none.' : `It has: ${known.join(', ')}.`,
        data: { strategy: name },
      });
    },
  };
}
