import { z } from 'zod';
import { recordedJudge } from '../config/describe-config.ts';

const lists = z.looseObject({
  prompt: z.array(z.unknown()).catch([]),
  image: z.array(z.unknown()).catch([]),
});

/** A judge as it is recorded with a campaign. */
export interface RecordedJudge {
  readonly subject: 'prompt' | 'image';
  readonly name: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

/**
 * The judges of a campaign with their entries: of the configuration, then those that were added later.
 *
 * @param config as recorded
 */
export function recordedJudges(
  config: Readonly<Record<string, unknown>>,
  added: readonly RecordedJudge[] = [],
): RecordedJudge[] {
  const judges = lists.safeParse(config.judges).data ?? { prompt: [], image: [] };
  return [
    ...(['prompt', 'image'] as const).flatMap((subject) =>
      judges[subject].flatMap((given): RecordedJudge[] => {
        const entry = recordedJudge(given);
        return typeof entry.name === 'string' ? [{ subject, name: entry.name, entry }] : [];
      }),
    ),
    ...added.map(({ subject, name, entry }) => ({ subject, name, entry })),
  ];
}
