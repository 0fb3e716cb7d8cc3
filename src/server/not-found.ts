import { UsageError } from '../errors.ts';

/** There is no campaign with that id. */
export function unknownCampaign(): UsageError {
  return new UsageError({
    code: 'UNKNOWN_CAMPAIGN',
    message: 'There is no such campaign.',
    hint: 'The list of campaigns shows which there are.',
  });
}

/** The campaign has no conversation of that category and number. */
export function unknownConversation(): UsageError {
  return new UsageError({
    code: 'UNKNOWN_CONVERSATION',
    message: 'The campaign has no such conversation.',
    hint: 'The list of conversations shows which there are.',
  });
}
