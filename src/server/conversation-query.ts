import { unknownConversation } from './not-found.ts';

/** Which conversation is asked for. */
export interface ConversationQuery {
  readonly category: string;
  readonly number: number;
}

/**
 * Reads from an address which conversation is asked for.
 *
 * @param query the part of the address behind `?`, decoded
 * @throws {@link UsageError} `UNKNOWN_CONVERSATION`: no conversation has such a number, or no category was named
 */
export function parseConversationQuery(query: Readonly<Record<string, string>>): ConversationQuery {
  const { category, number = '' } = query;
  if (category === undefined || !/^\d{1,9}$/.test(number)) throw unknownConversation();
  return { category, number: Number(number) };
}
