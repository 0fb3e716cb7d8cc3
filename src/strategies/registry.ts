import { art } from './art.ts';
import type { Strategy } from './strategy.ts';

/** Every strategy that a configuration can name: a new one is a file and a line here. */
export const STRATEGIES: readonly Strategy[] = [art];
