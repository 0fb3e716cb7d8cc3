import { recordedSettings } from '../config/recorded-sweep.ts';
import type { VerdictRules } from '../config/schema.ts';
import type { CampaignCounts } from '../store/counts.ts';
import type { Database } from '../store/open-store.ts';
import type { CampaignRow, ConversationStatus, EvaluationOutcome, TurnRow } from '../store/schema.ts';
import { listWorkersOf } from '../store/workers.ts';
import type { CombinedVerdict } from '../strategies/strategy.ts';
import type { Endpoint } from './endpoint.ts';
import type { CampaignPhase, CampaignProgress, EndpointProgress } from './progress.ts';
import { type JudgeNames, readStanding, type Standing } from './standing.ts';
import type { Storing } from './storing.ts';
import { type WorkerDoing, workerDoingSchema } from './worker-doing.ts';

/** What a drawn evaluation image counts for. */
interface EvaluatedImage {
  readonly verdict?: CombinedVerdict | undefined;
  /** Whether it was drawn under the campaign's own setting: findings are made from these alone. */
  readonly isOwnSetting?: boolean;
}

/** How often what other workers do is looked at. */
const FOLLOW_MS = 2_000;

/** How other workers are followed. */
export interface FollowOptions {
  readonly storing: Storing;
  readonly onProblem: (error: unknown) => void;
  /** How often; default: 2 s. */
  readonly everyMs?: number;
}

/** Keeps count of a running campaign, so that showing its progress asks nothing of the store. */
export class ProgressTracker {
  readonly #campaign: CampaignRow;
  readonly #endpoints: readonly Endpoint[];
  readonly #now: () => number;
  /** Evaluation images of a prompt that is evaluated, under all settings together. */
  readonly #imagesOfPrompt: number;
  readonly #startedAt: number;
  readonly #rules: VerdictRules;
  readonly #names: JudgeNames;
  #safeTurns: Set<number>;
  readonly #conversations: { total: number; done: number; failed: number; running: number };
  readonly #turns: { total: number; done: number };
  readonly #images: { total: number; done: number; failed: number; refused: number };
  /** What was drawn before this session. */
  readonly #drawnBefore: number;
  #findings: Set<number>;
  #refusedTurns: number;
  #stopping = false;
  #lastProblem: string | undefined;
  /** What other workers do, where there are any. */
  #others: readonly WorkerDoing[] = [];
  #workers: number | undefined;

  private constructor(
    campaign: CampaignRow,
    endpoints: readonly Endpoint[],
    now: () => number,
    rules: VerdictRules,
    names: JudgeNames,
    { counts, findings, safeTurns }: Standing,
  ) {
    this.#campaign = campaign;
    this.#endpoints = endpoints;
    this.#now = now;
    this.#rules = rules;
    this.#names = names;
    this.#imagesOfPrompt = campaign.imagesPerPrompt * recordedSettings(campaign.config).length;
    this.#startedAt = now();
    // What failed is taken up again, so it counts as not done.
    const { total, done } = counts.conversations;
    this.#conversations = { total, done, failed: 0, running: 0 };
    this.#turns = { total: total * (campaign.rounds + 1), done: counts.turns };
    const { drawn, refused } = counts.evaluationImages;
    this.#images = { total: this.#imagesInAll(counts), done: drawn + refused, failed: 0, refused };
    this.#drawnBefore = counts.turns + drawn + refused;
    this.#refusedTurns = counts.refusedTurns;
    this.#findings = findings;
    this.#safeTurns = safeTurns;
  }

  /**
   * Takes up the count where the store says the campaign is.
   *
   * @param names the campaign's own judges
   */
  static async begin(
    database: Database,
    campaign: CampaignRow,
    endpoints: readonly Endpoint[],
    now: () => number,
    rules: VerdictRules,
    names: JudgeNames,
  ): Promise<ProgressTracker> {
    const standing = await readStanding(database, campaign, rules, names);
    return new ProgressTracker(campaign, endpoints, now, rules, names, standing);
  }

  /**
   * Counts what other workers do as well, by looking into the store now and then.
   *
   * @param workerId this process's own
   * @returns what ends it
   */
  follow(
    database: Database,
    workerId: string | undefined,
    { storing, onProblem, everyMs = FOLLOW_MS }: FollowOptions,
  ): () => Promise<void> {
    let over = false;
    let timer: NodeJS.Timeout | undefined;
    let looking: Promise<void> = Promise.resolve();
    const look = async () => {
      const begun = performance.now();
      const workers = await storing(() => listWorkersOf(database, this.#campaign.id));
      const others = workers.filter(({ id }) => id !== workerId);
      this.#workers = others.length + (workerId === undefined ? 0 : 1);
      this.#others = others.map(({ doing }) =>
        workerDoingSchema.catch({ endpoints: [], running: 0 }).parse(doing[this.#campaign.id] ?? {}),
      );
      this.#take(await storing(() => readStanding(database, this.#campaign, this.#rules, this.#names)));
      return performance.now() - begun;
    };
    const next = (waitMs: number) => {
      if (over) return;
      timer = setTimeout(() => {
        looking = look()
          .catch((error: unknown) => {
            onProblem(error);
            return 0;
          })
          // At most a twentieth of the time goes into looking.
          .then((tookMs) => next(Math.max(everyMs, 20 * tookMs)));
      }, waitMs);
      timer.unref();
    };
    next(everyMs);
    return async () => {
      over = true;
      clearTimeout(timer);
      await looking;
    };
  }

  /** What this process does, for whoever follows the campaign from elsewhere. */
  doing(): WorkerDoing {
    return { running: this.#conversations.running, endpoints: this.#ownEndpoints() };
  }

  #imagesInAll({ conversations, turns, evaluationImages }: CampaignCounts): number {
    const prompts = conversations.total * (this.#campaign.rounds + 1);
    // Prompts that are not evaluated (stopped, or unsafe under `evaluate: safe`) ask for no images.
    return (prompts - turns) * this.#imagesOfPrompt + evaluationImages.expected;
  }

  #take({ counts, findings, safeTurns }: Standing): void {
    const { drawn, refused, failed } = counts.evaluationImages;
    Object.assign(this.#conversations, {
      done: counts.conversations.done,
      failed: counts.conversations.failed,
    });
    this.#turns.done = counts.turns;
    Object.assign(this.#images, {
      total: this.#imagesInAll(counts),
      done: drawn + refused + failed,
      refused,
      failed,
    });
    this.#refusedTurns = counts.refusedTurns;
    this.#findings = findings;
    this.#safeTurns = safeTurns;
  }

  conversationStarted(): void {
    this.#conversations.running++;
  }

  conversationEnded(status: ConversationStatus): void {
    this.#conversations.running--;
    if (status === 'done') this.#conversations.done++;
    if (status === 'failed') this.#conversations.failed++;
  }

  turnPlayed(turn: TurnRow, promptVerdict: CombinedVerdict): void {
    this.#turns.done++;
    this.#images.total -= this.#imagesOfPrompt - turn.evaluationImages;
    if (turn.outcome !== 'drawn') this.#refusedTurns++;
    if (promptVerdict === 'safe') this.#safeTurns.add(turn.id);
  }

  evaluationImageStored(
    turnId: number,
    outcome: EvaluationOutcome,
    { verdict, isOwnSetting = true }: EvaluatedImage = {},
  ): void {
    this.#images.done++;
    if (outcome === 'failed') this.#images.failed++;
    if (outcome === 'refused') this.#images.refused++;
    if (verdict === 'unsafe' && isOwnSetting && this.#safeTurns.has(turnId)) this.#findings.add(turnId);
  }

  problem(message: string): void {
    this.#lastProblem = message;
  }

  stop(): void {
    this.#stopping = true;
  }

  /** How it stands now. */
  snapshot(): CampaignProgress {
    const { id, name } = this.#campaign;
    const eta = this.#etaSeconds();
    return {
      campaign: { id, name },
      phase: this.#phase(),
      startedAt: this.#startedAt,
      ...(this.#workers === undefined ? {} : { workers: this.#workers }),
      conversations: {
        ...this.#conversations,
        running: this.#others.reduce((sum, { running }) => sum + running, this.#conversations.running),
      },
      turns: { ...this.#turns },
      evaluationImages: { ...this.#images },
      findings: this.#findings.size,
      refused: this.#refusedTurns + this.#images.refused,
      endpoints: together(this.#ownEndpoints(), this.#others),
      ...(eta === undefined ? {} : { etaSeconds: eta }),
      stopping: this.#stopping,
      ...(this.#lastProblem === undefined ? {} : { lastProblem: this.#lastProblem }),
    };
  }

  #ownEndpoints(): EndpointProgress[] {
    return this.#endpoints.map(({ state: { medianLatencyMs, ...state } }) => ({
      ...state,
      ...(medianLatencyMs === undefined ? {} : { medianLatencyMs }),
    }));
  }

  #phase(): CampaignPhase {
    const { done, failed, total } = this.#conversations;
    if (done + failed < total) return 'exploring';
    // Turns that a failed conversation did not play ask for no images.
    const unplayed = (this.#turns.total - this.#turns.done) * this.#imagesOfPrompt;
    return this.#images.done < this.#images.total - unplayed ? 'evaluating' : 'done';
  }

  /** What is left to be drawn at the pace of this session. */
  #etaSeconds(): number | undefined {
    const elapsed = (this.#now() - this.#startedAt) / 1_000;
    const drawn = this.#turns.done + this.#images.done - this.#drawnBefore;
    if (drawn < 5 || elapsed < 1) return undefined;
    const left = this.#turns.total - this.#turns.done + this.#images.total - this.#images.done;
    return (Math.max(0, left) / drawn) * elapsed;
  }
}

/** What all workers together ask of each endpoint. */
function together(own: readonly EndpointProgress[], others: readonly WorkerDoing[]): EndpointProgress[] {
  const all = [...own, ...others.flatMap(({ endpoints }) => endpoints)];
  return [...Map.groupBy(all, ({ name }) => name).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const sum = (of: (one: EndpointProgress) => number) => same.reduce((total, one) => total + of(one), 0);
    return {
      ...first,
      inFlight: sum(({ inFlight }) => inFlight),
      waiting: sum(({ waiting }) => waiting),
      requests: sum(({ requests }) => requests),
      retries: sum(({ retries }) => retries),
      failures: sum(({ failures }) => failures),
      breakerOpen: same.some(({ breakerOpen }) => breakerOpen),
    };
  });
}
