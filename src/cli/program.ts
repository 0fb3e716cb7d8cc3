import { styleText } from 'node:util';
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

const BEGIN = [
  ['art init', 'write a configuration that runs on the sandbox'],
  ['art run', 'run it'],
  ['art report', 'see what came out'],
] as const;

const EXIT_CODES = [
  ['0', 'done'],
  ['1', 'something failed'],
  ['2', 'wrong usage or configuration'],
  ['130', 'interrupted; art resume goes on'],
] as const;

/** The `art` command line. It throws what is wrong with its arguments; nothing is printed of it. */
export function createProgram(): Command {
  const program = new Command('art')
    .description('Finds the safe prompts that make a text-to-image model draw unsafe images.')
    .version(ART_VERSION, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({
      subcommandTerm: (command) =>
        [command.name(), ...command.registeredArguments.map((argument) => `[${argument.name()}]`)].join(' '),
      styleTitle: (title) => styleText('bold', title, { validateStream: false }),
      styleCommandText: cyan,
      styleSubcommandText: cyan,
      styleOptionText: cyan,
      styleArgumentText: cyan,
    })
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
    .addHelpText(
      'after',
      () => `\n${section('Begin with:', BEGIN)}\n\n${section('Exit codes:', EXIT_CODES)}`,
    );
  for (const create of COMMANDS) program.addCommand(create().copyInheritedSettings(program));
  return program;
}

/** Commander takes the colours away where they are not wanted. */
function cyan(text: string): string {
  return styleText('cyan', text, { validateStream: false });
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([term]) => term.length));
  return [title, ...rows.map(([term, meaning]) => `  ${term.padEnd(width)}  ${meaning}`)].join('\n');
}
