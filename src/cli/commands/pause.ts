import { stopCommand } from '../stop-campaign.ts';

/** `art pause`: has a campaign stop wherever it is worked on, to go on later. */
export function pauseCommand() {
  return stopCommand('pause', {
    wish: 'pause',
    summary: 'pause a campaign, wherever it is worked on',
    description:
      'Has everybody who works on a campaign finish and store what is in flight and leave it. art resume goes on.',
    done: 'Paused; everything so far is stored.',
  });
}
