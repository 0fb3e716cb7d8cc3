import { CommanderError } from 'commander';
import { UsageError } from '../errors.ts';
import { COMMAND_NAMES, createProgram } from './program.ts';
import { reportError } from './report-error.ts';

/** Runs the command line of this process and sets its exit code. */
export async function main(argv: readonly string[] = process.argv): Promise<void> {
  // `art report | head` closes the pipe early; that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
  // Nobody watches the progress any more: the work goes on.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    const program = await createProgram(argv[2]);
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? usageExit(error, argv) : reportError(error, argv);
  }
}

/** Help and version end well; of wrong usage commander has thrown only the words. */
function usageExit({ exitCode, code, message }: CommanderError, argv: readonly string[]): number {
  if (exitCode === 0) return 0;
  // `art` alone: the help has been shown.
  if (code === 'commander.help') return 2;
  const [what = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const command = COMMAND_NAMES.find((name) => name === argv[2]);
  const help = `art ${command === undefined ? '' : `${command} `}--help shows what there is.`;
  return reportError(
    new UsageError({
      code: 'WRONG_USAGE',
      message: what,
      hint: suggestion === undefined ? help : suggestion.replace(/^\((.*)\)$/, '$1'),
    }),
    argv,
  );
}
