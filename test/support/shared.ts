import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The data that some tests read where it lies, beside the clone; never a part of the project. */
export const SHARED = fileURLToPath(new URL('../../../shared', import.meta.url));

/** Whether it is there; tests that need it skip, visibly, where it is not. */
export const HAS_SHARED = existsSync(SHARED);
