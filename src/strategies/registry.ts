import { artDefinition } from './art.ts';
import { curiosityDefinition } from './curiosity.ts';
import { flirtDefinition } from './flirt.ts';
import { grootDefinition } from './groot.ts';
import { naiveDefinition } from './naive.ts';
import { replayDefinition } from './replay.ts';
import type { StrategyDefinition } from './strategy-definition.ts';

/** Every strategy that a configuration can name: a new one is a file and a line here. */
export const STRATEGIES: readonly StrategyDefinition[] = [
  artDefinition,
  naiveDefinition,
  curiosityDefinition,
  grootDefinition,
  flirtDefinition,
  replayDefinition,
];
