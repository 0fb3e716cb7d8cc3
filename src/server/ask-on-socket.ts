import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { StopWish } from '../campaign/ask-campaign.ts';
import { UsageError } from '../errors.ts';
import type { CampaignStatus } from '../store/schema.ts';

/** What `art pause` and `art cancel` ask of the process that works in a data folder. */
export interface SocketWish {
  /** An id, a name, or `latest`. */
  readonly campaign: string;
  readonly wish: StopWish;
  /** Whether to wait until what is in flight is stored. */
  readonly wait: boolean;
}

const answerSchema = z.object({
  id: z.string(),
  status: z.custom<CampaignStatus>((value) => typeof value === 'string'),
});
const refusalSchema = z.object({ message: z.string(), hint: z.string().optional() });

/**
 * Asks the process behind a socket to pause or cancel its campaign.
 *
 * @throws {@link UsageError} `NOT_WORKED_ON` where it works on another one, or does not answer
 */
export async function askOnSocket(
  socketPath: string,
  wish: SocketWish,
): Promise<{ readonly id: string; readonly status: CampaignStatus }> {
  const body = await new Promise<string>((resolve, reject) => {
    const asked = httpRequest(
      { socketPath, path: '/wish', method: 'POST', headers: { 'content-type': 'application/json' } },
      (answer) => text(answer).then(resolve, reject),
    );
    asked.on('error', (cause) =>
      reject(
        new UsageError({
          code: 'NOT_WORKED_ON',
          message: `The process that works in the data folder does not answer: ${cause.message}`,
          hint: 'It may just have ended; see art status.',
          cause,
        }),
      ),
    );
    asked.end(JSON.stringify(wish));
  });
  const value: unknown = JSON.parse(body);
  const answer = answerSchema.safeParse(value);
  if (answer.success) return answer.data;
  const refusal = refusalSchema.safeParse(value);
  throw new UsageError({
    code: 'NOT_WORKED_ON',
    message:
      refusal.data?.message ?? 'The process that works in the data folder gave no answer that can be read.',
    ...(refusal.data?.hint === undefined ? {} : { hint: refusal.data.hint }),
  });
}
