import { styleText } from 'node:util';
import { Command } from 'commander';
import { ART_VERSION } from '../version.ts';

/** Every command: a new one is a file and a line here. Loaded when wanted: `run` needs much that `status` does not. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import('./commands/init.ts')).initCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  run: async () => (await import('./commands/run.ts')).runCommand(),
  resume: async () => (await import('./commands/resume.ts')).resumeCommand(),
  worker: async () => (await import('./commands/worker.ts')).workerCommand(),
  pause: async () => (await import('./commands/pause.ts')).pauseCommand(),
  cancel: async () => (await import('./commands/cancel.ts')).cancelCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  report: async () => (await import('./commands/report.ts')).reportCommand(),
  compare: async () => (await import('./commands/compare.ts')).compareCommand(),
  view: async () => (await import('./commands/view.ts')).viewCommand(),
  judge: async () => (await import('./commands/judge.ts')).judgeCommand(),
  embed: async () => (await import('./commands/embed.ts')).embedCommand(),
  labels: async () => (await import('./commands/labels.ts')).labelsCommand(),
  judges: async () => (await import('./commands/judges.ts')).judgesCommand(),
  dataset: async () => (await import('./commands/dataset.ts')).datasetCommand(),
  finetune: async () => (await import('./commands/finetune.ts')).finetuneCommand(),
  bench: async () => (await import('./commands/bench.ts')).benchCommand(),
  gc: async () => (await import('./commands/gc.ts')).gcCommand(),
  purge: async () => (await import('./commands/purge.ts')).purgeCommand(),
  export: async () => (await import('./commands/export.ts')).exportCommand(),
  import: async () => (await import('./commands/import.ts')).importCommand(),
};

/** The names of the commands. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

const BEGIN = [
  ['art init', 'write a configuration that runs on the sandbox'],
  ['art run', 'run it'],
  ['art report', 'see what came out'],
] as const;

const EXIT_CODES = [
  ['0', 'done'],
  ['1', 'something failed'],
  ['2', 'wrong usage or configuration'],
  ['3', 'a threshold was crossed (--fail-on)'],
  ['130', 'interrupted; art resume goes on'],
] as const;

/**
 * The `art` command line. It throws what is wrong with its arguments; nothing is printed of it.
 *
 * @param word the first argument: where it names a command, only that one is loaded
 */
export async function createProgram(word: string | undefined): Promise<Command> {
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
  const only = word === undefined ? undefined : COMMANDS[word];
  const wanted = only === undefined ? Object.values(COMMANDS) : [only];
  // Nothing but the version is said to `art --version`.
  const loaded = word === '--version' || word === '-V' ? [] : await Promise.all(wanted.map((load) => load()));
  for (const command of loaded) program.addCommand(inherit(command, program));
  return program;
}

/** Has a command, and those below it, behave as the one above. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const below of command.commands) inherit(below, command);
  return command;
}

/** Commander takes the colours away where they are not wanted. */
function cyan(text: string): string {
  return styleText('cyan', text, { validateStream: false });
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([term]) => term.length));
  return [title, ...rows.map(([term, meaning]) => `  ${term.padEnd(width)}  ${meaning}`)].join('\n');
}
