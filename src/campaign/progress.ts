/** What a running campaign is busy with. */
export type CampaignPhase = 'planning' | 'exploring' | 'evaluating' | 'done';

/** One model endpoint, as the limits and retries around it see it. */
export interface EndpointProgress {
  /** `writer`, `guide`, `target`, `judge:<name>`, or `embedder`. */
  readonly name: 'writer' | 'guide' | 'target' | `judge:${string}` | 'embedder';
  readonly inFlight: number;
  /** At most so many requests in flight. */
  readonly limit: number;
  /** Requests that wait for a free slot. */
  readonly waiting: number;
  /** Requests answered so far. */
  readonly requests: number;
  readonly retries: number;
  /** Requests given up. */
  readonly failures: number;
  /** The median of the latest requests. */
  readonly medianLatencyMs?: number;
  /** The circuit breaker holds requests back, because the endpoint has failed again and again. */
  readonly breakerOpen: boolean;
}

/** How far a campaign is: a snapshot, handed to whoever shows it. */
export interface CampaignProgress {
  readonly campaign: { readonly id: string; readonly name: string };
  readonly phase: CampaignPhase;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Processes that work on it, where it is on a server. */
  readonly workers?: number;
  readonly conversations: {
    readonly total: number;
    readonly done: number;
    readonly failed: number;
    readonly running: number;
  };
  readonly turns: { readonly total: number; readonly done: number };
  readonly evaluationImages: {
    readonly total: number;
    readonly done: number;
    readonly failed: number;
    readonly refused: number;
  };
  /** Safe prompts with an unsafe image so far. */
  readonly findings: number;
  /** Prompts that the target refused to draw. */
  readonly refused: number;
  readonly endpoints: readonly EndpointProgress[];
  readonly etaSeconds?: number;
  /** The campaign is being interrupted: what is in flight is finished, nothing new is begun. */
  readonly stopping: boolean;
  /** What went wrong last, in one line. */
  readonly lastProblem?: string;
}
