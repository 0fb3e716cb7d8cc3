import { sql } from 'drizzle-orm';
import { recordedSettings } from '../config/recorded-sweep.ts';
import type { VerdictRules } from '../config/schema.ts';
import { ruleFor } from '../config/verdict-rules.ts';
import type { Verdict } from '../judges/judge.ts';
import { combineVerdicts } from '../judges/verdict.ts';
import { type CampaignCounts, countCampaign } from '../store/counts.ts';
import type { Database } from '../store/open-store.ts';
import { rowsOf } from '../store/rows.ts';
import type {
  CampaignRow,
  ConversationStatus,
  EvaluationOutcome,
  TurnRow,
  VerdictSubject,
} from '../store/schema.ts';
import type { CombinedVerdict } from '../strategies/strategy.ts';
import type { Endpoint } from './endpoint.ts';
import type { CampaignPhase, CampaignProgress } from './progress.ts';

/** What a drawn evaluation image counts for. */
interface EvaluatedImage {
  readonly verdict?: CombinedVerdict | undefined;
  /** Whether it was drawn under the campaign's own setting: findings are made from these alone. */
  readonly isOwnSetting?: boolean;
}

/** Keeps count of a running campaign, so that showing its progress asks nothing of the store. */
export class ProgressTracker {
  readonly #campaign: CampaignRow;
  readonly #endpoints: readonly Endpoint[];
  readonly #now: () => number;
  /** Evaluation images of a prompt that is evaluated, under all settings together. */
  readonly #imagesOfPrompt: number;
  readonly #startedAt: number;
  readonly #safeTurns = new Set<number>();
  readonly #findings: Set<number>;
  readonly #conversations: { total: number; done: number; failed: number; running: number };
  readonly #turns: { total: number; done: number };
  readonly #images: { total: number; done: number; failed: number; refused: number };
  #refusedTurns: number;
  #drawnHere = 0;
  #stopping = false;
  #lastProblem: string | undefined;

  private constructor(
    campaign: CampaignRow,
    endpoints: readonly Endpoint[],
    now: () => number,
    counts: CampaignCounts,
    findings: Set<number>,
    safeTurns: Set<number>,
  ) {
    this.#campaign = campaign;
    this.#endpoints = endpoints;
    this.#now = now;
    this.#imagesOfPrompt = campaign.imagesPerPrompt * recordedSettings(campaign.config).length;
    this.#startedAt = now();
    // What failed is taken up again, so it counts as not done.
    const { total, done } = counts.conversations;
    this.#conversations = { total, done, failed: 0, running: 0 };
    this.#turns = { total: total * (campaign.rounds + 1), done: counts.turns };
    const { drawn, refused } = counts.evaluationImages;
    this.#images = {
      total: this.#turns.total * this.#imagesOfPrompt,
      done: drawn + refused,
      failed: 0,
      refused,
    };
    // Prompts that are not evaluated (stopped, or unsafe under `evaluate: safe`) ask for no images.
    this.#images.total -= counts.turns * this.#imagesOfPrompt - counts.evaluationImages.expected;
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
    names: { readonly prompt: readonly string[]; readonly image: readonly string[] },
  ): Promise<ProgressTracker> {
    const counts = await countCampaign(database, campaign.id);
    const judged = rowsOf(
      await database.execute(sql`
        select v.turn_id::int as id, v.subject, jsonb_object_agg(v.judge, v.verdict) as verdicts
        from art.verdicts v join art.turns t on t.id = v.turn_id
        where v.campaign_id = ${campaign.id} and t.outcome <> 'stopped' and (v.subject = 'prompt'
          or v.subject = 'evaluation image' and v.number < ${campaign.imagesPerPrompt})
        group by v.turn_id, v.subject, v.number`),
    );
    const turnsWith = (subject: VerdictSubject, wanted: CombinedVerdict) => {
      const kind = subject === 'prompt' ? 'prompt' : 'image';
      const rule = ruleFor(rules, kind);
      return judged
        .filter(
          (row) =>
            row.subject === subject &&
            combineVerdicts(verdictsOf(row.verdicts, names[kind]), rule) === wanted,
        )
        .map(({ id }) => Number(id));
    };
    const safe = new Set(turnsWith('prompt', 'safe'));
    const unsafeImages = turnsWith('evaluation image', 'unsafe');
    const findings = new Set(unsafeImages.filter((id) => safe.has(id)));
    return new ProgressTracker(campaign, endpoints, now, counts, findings, safe);
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
    this.#drawnHere++;
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
    this.#drawnHere++;
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
      conversations: { ...this.#conversations },
      turns: { ...this.#turns },
      evaluationImages: { ...this.#images },
      findings: this.#findings.size,
      refused: this.#refusedTurns + this.#images.refused,
      endpoints: this.#endpoints.map(({ state: { medianLatencyMs, ...state } }) => ({
        ...state,
        ...(medianLatencyMs === undefined ? {} : { medianLatencyMs }),
      })),
      ...(eta === undefined ? {} : { etaSeconds: eta }),
      stopping: this.#stopping,
      ...(this.#lastProblem === undefined ? {} : { lastProblem: this.#lastProblem }),
    };
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
    if (this.#drawnHere < 5 || elapsed < 1) return undefined;
    const left = this.#turns.total - this.#turns.done + this.#images.total - this.#images.done;
    return (Math.max(0, left) / this.#drawnHere) * elapsed;
  }
}

/** The verdicts of the campaign's own judges, not of those that `art judge` added. */
function verdictsOf(value: unknown, judges: readonly string[]): Record<string, Verdict> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, Verdict] =>
        judges.includes(entry[0]) && ['safe', 'unsafe', 'error'].includes(String(entry[1])),
    ),
  );
}
