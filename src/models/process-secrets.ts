import { rememberSecret } from './redact.ts';

/** Variables of programs that work for ART, whose values no message may show. */
const VARIABLES = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'PGPASSWORD'];

/**
 * Keeps what stores are opened with out of every message of this process: the secrets of the object store, and the password
 * within the URL of the database.
 *
 * @param env the environment
 * @param databaseUrl of `--database`, where there is one
 */
export function rememberStoreSecrets(
  env: Readonly<Record<string, string | undefined>>,
  databaseUrl: string | undefined,
): void {
  for (const name of VARIABLES) rememberSecret(env[name] ?? '');
  rememberPassword(databaseUrl);
}

/** Keeps the password of a URL out of every message: as it stands there, and as it is meant. */
export function rememberPassword(url: string | undefined): void {
  const password = url === undefined ? undefined : URL.parse(url)?.password;
  if (password === undefined) return;
  rememberSecret(password);
  try {
    rememberSecret(decodeURIComponent(password));
  } catch {
    // A lone % means itself.
  }
}
