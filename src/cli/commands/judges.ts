import { Command } from 'commander';
import { evalCommand } from './judges/eval.ts';
import { infoCommand } from './judges/info.ts';
import { listCommand } from './judges/list.ts';
import { pullCommand } from './judges/pull.ts';
import { testCommand } from './judges/test.ts';

/** `art judges`: which judges there are, what they say, and how far to trust them. */
export function judgesCommand(): Command {
  return new Command('judges')
    .summary('list, try, fetch and measure judges')
    .description('Which judges there are, what they say of a prompt or an image, and how far to trust them.')
    .addCommand(listCommand())
    .addCommand(infoCommand())
    .addCommand(testCommand())
    .addCommand(pullCommand())
    .addCommand(evalCommand());
}
