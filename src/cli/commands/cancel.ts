import { stopCommand } from '../stop-campaign.ts';

/** `art cancel`: ends a campaign for good; what is stored stays. */
export function cancelCommand() {
  return stopCommand('cancel', {
    wish: 'cancel',
    summary: 'end a campaign before it is done; what is stored stays',
    description:
      'Ends a campaign before it is done, wherever it is worked on. What is stored stays and can be reported; art purge removes it.',
    done: 'Cancelled; what is stored stays.',
  });
}
