import type { CampaignProgress } from '../../campaign/progress.ts';

/** Shows a running campaign. */
export interface ProgressDisplay {
  /** Shows a new snapshot, when it is time to. */
  update(progress: CampaignProgress): void;
  /**
   * Says something that stays; one that is a `problem` is shown even by a quiet display.
   *
   * @param message one or more lines; may hold text of a model
   */
  note(message: string, kind?: 'note' | 'problem'): void;
  /** Shows the last snapshot, leaves it standing and gives the terminal back. May be called twice. */
  close(final?: CampaignProgress): void;
}

/** Where a display writes: `process.stderr`, or what a test puts in its place. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}
