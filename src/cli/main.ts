import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

/** Runs the command line of this process and sets its exit code. */
export async function main(argv: readonly string[] = process.argv): Promise<void> {
  // `art report | head` closes the pipe early; that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? commanderExitCode(error) : reportError(error, argv);
  }
}

/** Help and version end well; everything else that commander complains of is wrong usage. */
function commanderExitCode({ exitCode }: CommanderError): number {
  return exitCode === 0 ? 0 : 2;
}
