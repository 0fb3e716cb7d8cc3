import type { ViewProgress } from '../../../src/report/view-model.ts';

/** Who hears of what. */
export interface ProgressListener {
  readonly onProgress: (progress: ViewProgress) => void;
  /** Nobody answers any more, or somebody does again. */
  readonly onConnection: (connected: boolean) => void;
}

/** How soon a stream is opened anew after the server has refused it or ended. */
const AGAIN_MS = 2_000;
/** How often a campaign that nobody runs is asked after: labels of others, or that it was taken up again. */
const REST_MS = 3_000;
/** A stream that is taken up anew within this time was never away. */
const PATIENCE_MS = 3_000;

/**
 * Follows a campaign: by a stream while it runs, by a question now and then otherwise, and not at all while the
 * page is hidden. A browser keeps six connections to a server: pages that hold one for ever would keep the
 * seventh from opening.
 *
 * @param base - the campaign's address
 * @returns ends it
 */
export function watchProgress(base: string, { onProgress, onConnection }: ProgressListener): () => void {
  let stream: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let doubt: ReturnType<typeof setTimeout> | undefined;
  let connected = true;
  let ended = false;

  const tellConnected = (now: boolean) => {
    clearTimeout(doubt);
    doubt = undefined;
    if (now !== connected) onConnection(now);
    connected = now;
  };
  const later = (what: () => void, milliseconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(what, milliseconds);
  };
  const rest = () => {
    clearTimeout(timer);
    stream?.close();
    stream = undefined;
  };
  const take = (progress: ViewProgress) => {
    tellConnected(true);
    onProgress(progress);
    return progress.status === 'running';
  };
  const follow = () => {
    rest();
    const opened = new EventSource(`${base}/events`);
    stream = opened;
    opened.addEventListener('open', () => tellConnected(true));
    opened.addEventListener('progress', ({ data }) => {
      const progress: ViewProgress = JSON.parse(String(data));
      if (take(progress) || stream !== opened) return;
      rest();
      later(ask, REST_MS);
    });
    opened.addEventListener('error', () => {
      doubt ??= setTimeout(() => tellConnected(false), PATIENCE_MS);
      // A browser takes up a stream that has ended by itself, but not one that was refused.
      if (opened.readyState === EventSource.CLOSED) later(follow, AGAIN_MS);
    });
  };
  const ask = async () => {
    const answer = await askProgress(base);
    if (ended || document.hidden) return;
    if (answer === 'gone') tellConnected(false);
    else if (answer !== 'busy' && take(answer)) return follow();
    later(ask, REST_MS);
  };
  const show = () => {
    if (!document.hidden) follow();
    else {
      rest();
      clearTimeout(doubt);
      doubt = undefined;
    }
  };
  document.addEventListener('visibilitychange', show);
  show();
  return () => {
    ended = true;
    document.removeEventListener('visibilitychange', show);
    clearTimeout(doubt);
    rest();
  };
}

/** How far a campaign is; `busy` while another command holds the data, `gone` where nobody lets this page in. */
async function askProgress(base: string): Promise<ViewProgress | 'busy' | 'gone'> {
  try {
    const response = await fetch(`${base}/progress`);
    if (response.ok) {
      const progress: ViewProgress = await response.json();
      return progress;
    }
    return response.status === 401 ? 'gone' : 'busy';
  } catch {
    return 'gone';
  }
}
