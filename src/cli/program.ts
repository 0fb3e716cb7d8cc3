import { Command } from 'commander';
import { ART_VERSION } from '../version.ts';
import { doctorCommand } from './commands/doctor.ts';
import { initCommand } from './commands/init.ts';
import { reportCommand } from './commands/report.ts';
import { resumeCommand } from './commands/resume.ts';
import { runCommand } from './commands/run.ts';
import { statusCommand } from './commands/status.ts';

/** Every command: a new one is a file and a line here. */
const COMMANDS = [initCommand, doctorCommand, runCommand, resumeCommand, statusCommand, reportCommand];

/** The `art` command line. */
export function createProgram(): Command {
  const program = new Command('art')
    .description('Finds the safe prompts that make a text-to-image model draw unsafe images.')
    .version(ART_VERSION)
    .showSuggestionAfterError()
    .showHelpAfterError('(art --help tells more)')
    .exitOverride()
    .addHelpText(
      'after',
      '\nBegin with:\n  $ art init      write a configuration that runs on the sandbox\n  $ art run       run it\n  $ art report    see what came out\n\nExit codes: 0 done, 1 failed, 2 bad usage or configuration, 130 interrupted (go on with art resume).',
    );
  for (const create of COMMANDS) program.addCommand(create().exitOverride());
  return program;
}
