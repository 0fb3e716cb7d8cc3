import type { VerdictRules } from '../config/schema.ts';
import { judgesFor, ruleFor } from '../config/verdict-rules.ts';
import type {
  ImageJudge,
  ImageSubject,
  Judge,
  Judgement,
  PromptJudge,
  PromptSubject,
} from '../judges/judge.ts';
import type { Picture } from '../judges/picture.ts';
import { combineVerdicts } from '../judges/verdict.ts';
import { toModelError } from '../models/failures.ts';
import type { ModelError } from '../models/model-error.ts';
import type { NewRequest, NewVerdict, VerdictSubject } from '../store/schema.ts';
import type { CombinedVerdict } from '../strategies/strategy.ts';
import { type Asking, Bench } from './bench.ts';
import type { SlotsFor } from './campaign-endpoints.ts';
import { Endpoint } from './endpoint.ts';
import { type FindKnown, KnownJudgements } from './known-judgements.ts';
import { whenAll } from './when-all.ts';

/** What the judges said of one prompt or image. */
export interface PanelVerdict {
  readonly combined: CombinedVerdict;
  /** One row a judge that was asked, ready to be stored. */
  readonly rows: readonly NewVerdict[];
  /** The requests that it took. */
  readonly requests: readonly NewRequest[];
}

/** How the panel deals with its judges, and what it needs from outside. */
export interface PanelOptions {
  readonly rule: VerdictRules;
  /** Of judges without an endpoint: tries of a failing batch, the first included. */
  readonly attempts?: number;
  /** Of judges without an endpoint: of one try; by default long enough for a queue before a shared thread. */
  readonly timeoutMs?: number;
  /** Wait before the second try, doubled each time; a test gives 0. */
  readonly retryDelayMs?: number;
  /** Monotonic milliseconds, for the limits of endpoints. */
  readonly now?: () => number;
  /** From 0 to 1, for the jitter of endpoints. */
  readonly random?: () => number;
  /** Every try of an endpoint that failed. */
  readonly onProblem?: (endpoint: string, problem: ModelError) => void;
  /** Every error verdict. */
  readonly onFailure?: (judge: string, message: string) => void;
  /** Gives the slots that a judge's endpoint shares with other workers; default: none. */
  readonly slotsFor?: SlotsFor | undefined;
  /** Looks up what has been judged before; default: nothing. */
  readonly findKnown?: FindKnown;
}

/** How a subject is to be judged. */
export interface PanelAsking extends Asking {
  /** The judges to ask; default: all. */
  readonly only?: ReadonlySet<string> | undefined;
}

/**
 * All judges of a campaign. Gathers what concurrent turns ask into batches, asks nothing twice that it can
 * know, and throws nothing of a judge's: what fails is an error verdict.
 */
export class Panel {
  readonly #rule: VerdictRules;
  readonly #promptJudges: readonly Bench<PromptSubject>[];
  readonly #imageJudges: readonly Bench<ImageSubject>[];
  readonly #known: KnownJudgements;
  readonly #onFailure: PanelOptions['onFailure'];

  constructor(
    judges: { readonly prompt: readonly PromptJudge[]; readonly image: readonly ImageJudge[] },
    options: PanelOptions,
  ) {
    const { attempts = 3, timeoutMs = 600_000, retryDelayMs = 500 } = options;
    this.#rule = options.rule;
    this.#onFailure = options.onFailure;
    this.#known = new KnownJudgements(options.findKnown);
    const patience = { attempts, timeoutMs, retryDelayMs };
    const endpointOf = endpointMaker(options);
    this.#promptJudges = judges.prompt.map((judge) => new Bench(judge, patience, endpointOf(judge)));
    this.#imageJudges = judges.image.map((judge) => new Bench(judge, patience, endpointOf(judge)));
  }

  /** The endpoints of the judges that ask a server. */
  get endpoints(): Endpoint[] {
    const benches = [...this.#promptJudges, ...this.#imageJudges];
    return [...new Set(benches.flatMap(({ endpoint }) => endpoint ?? []))];
  }

  /** Who judges. */
  get names(): { readonly prompt: readonly string[]; readonly image: readonly string[] } {
    const nameOf = ({ judge }: { readonly judge: { readonly name: string } }) => judge.name;
    return { prompt: this.#promptJudges.map(nameOf), image: this.#imageJudges.map(nameOf) };
  }

  /**
   * Judges a prompt by every prompt judge that is asked about the category.
   *
   * @throws {@link Interrupted} when `stop` aborted before a judge's server was asked; {@link StoreError}
   *   when the store cannot be used any more
   */
  judgePrompt(text: string, category: string, asking: PanelAsking = {}): Promise<PanelVerdict> {
    const subject: PromptSubject = { kind: 'prompt', text, category };
    return this.#judge(this.#promptJudges, subject, 'prompt', 0, asking);
  }

  /**
   * Judges an image by every image judge that is asked about the category.
   *
   * @param number the number of the evaluation image; 0 for a turn's own
   * @throws as {@link judgePrompt}
   */
  judgeImage(
    picture: Picture,
    category: string,
    kind: Exclude<VerdictSubject, 'prompt'>,
    number: number,
    asking: PanelAsking = {},
  ): Promise<PanelVerdict> {
    const subject: ImageSubject = { kind: 'image', picture, category };
    return this.#judge(this.#imageJudges, subject, kind, number, asking);
  }

  async #judge<Subject extends PromptSubject | ImageSubject>(
    all: readonly Bench<Subject>[],
    subject: Subject,
    kind: VerdictSubject,
    number: number,
    { only, ...asking }: PanelAsking,
  ): Promise<PanelVerdict> {
    const benches = all.filter(
      ({ judge }) =>
        judgesFor([judge], subject.category).length > 0 && (only === undefined || only.has(judge.name)),
    );
    const answers = await whenAll(
      this.#known.answers(benches, subject, (bench) => bench.ask(subject, asking)),
    );
    const rows = answers.flatMap(({ judgement }, index) => {
      const judge = benches[index]?.judge;
      return judge === undefined ? [] : [toRow(judge, kind, number, judgement)];
    });
    for (const { judge, error } of rows) if (error) this.#onFailure?.(judge, error.message);
    return {
      combined: combineVerdicts(
        Object.fromEntries(rows.map(({ judge, verdict }) => [judge, verdict])),
        ruleFor(this.#rule, subject.kind),
      ),
      rows,
      requests: answers.flatMap(({ request }) => request ?? []),
    };
  }
}

/** Makes the endpoints; a judge of prompts and one of images at the same server, under one name, share one. */
function endpointMaker({
  now = () => performance.now(),
  random = Math.random,
  onProblem,
  slotsFor,
}: PanelOptions) {
  const made = new Map<string, Endpoint>();
  return (judge: Pick<Judge<never>, 'name' | 'endpoint'>): Endpoint | undefined => {
    if (judge.endpoint === undefined) return undefined;
    const { provider, baseURL: url, apiKeyEnv } = judge.endpoint;
    const name = `judge:${judge.name}` as const;
    const key = JSON.stringify([name, judge.endpoint]);
    const endpoint =
      made.get(key) ??
      new Endpoint(name, judge.endpoint, {
        now,
        random,
        classify: (error) => toModelError(error, { role: `judge ${judge.name}`, provider, url, apiKeyEnv }),
        onProblem: (problem) => onProblem?.(name, problem),
        slots: slotsFor?.(name, judge.endpoint),
      });
    made.set(key, endpoint);
    return endpoint;
  };
}

function toRow(
  { name: judge, revision }: Pick<Judge<never>, 'name' | 'revision'>,
  subject: VerdictSubject,
  number: number,
  judgement: Judgement,
): NewVerdict {
  const place = {
    subject,
    number,
    judge,
    ...(revision === undefined ? {} : { revision }),
    verdict: judgement.verdict,
  };
  if (judgement.verdict === 'error') return { ...place, error: judgement.error };
  return {
    ...place,
    score: judgement.score ?? null,
    label: judgement.label ?? null,
    found: judgement.found ?? null,
  };
}
