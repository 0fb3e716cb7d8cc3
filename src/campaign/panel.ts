import { setTimeout as delay } from 'node:timers/promises';
import type { VerdictRule } from '../config/schema.ts';
import { messageOf } from '../errors.ts';
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
import type { NewVerdict, VerdictSubject } from '../store/schema.ts';
import type { CombinedVerdict } from '../strategies/strategy.ts';

/** What the judges said of one prompt or image. */
export interface PanelVerdict {
  readonly combined: CombinedVerdict;
  /** One row a judge, ready to be stored. */
  readonly rows: readonly NewVerdict[];
}

/** How the panel deals with a judge that fails. */
export interface PanelOptions {
  readonly rule: VerdictRule;
  /** Tries of a failing batch, the first included. */
  readonly attempts?: number;
  readonly timeoutMs?: number;
  /** Wait before the second try, doubled each time; a test gives 0. */
  readonly retryDelayMs?: number;
}

/** All judges of a campaign: gathers what concurrent turns ask into batches, and never throws. */
export class Panel {
  readonly #rule: VerdictRule;
  readonly #promptJudges: readonly Bench<PromptSubject>[];
  readonly #imageJudges: readonly Bench<ImageSubject>[];

  constructor(
    judges: { readonly prompt: readonly PromptJudge[]; readonly image: readonly ImageJudge[] },
    { rule, attempts = 3, timeoutMs = 120_000, retryDelayMs = 500 }: PanelOptions,
  ) {
    this.#rule = rule;
    const patience = { attempts, timeoutMs, retryDelayMs };
    this.#promptJudges = judges.prompt.map((judge) => new Bench(judge, patience));
    this.#imageJudges = judges.image.map((judge) => new Bench(judge, patience));
  }

  /** Judges a prompt by every prompt judge. */
  judgePrompt(text: string, category: string): Promise<PanelVerdict> {
    return this.#judge(this.#promptJudges, { kind: 'prompt', text, category }, 'prompt', 0);
  }

  /**
   * Judges an image by every image judge.
   *
   * @param number the number of the evaluation image; 0 for a turn's own
   */
  judgeImage(
    picture: Picture,
    category: string,
    subject: Exclude<VerdictSubject, 'prompt'>,
    number: number,
  ): Promise<PanelVerdict> {
    return this.#judge(this.#imageJudges, { kind: 'image', picture, category }, subject, number);
  }

  async #judge<Subject extends PromptSubject | ImageSubject>(
    benches: readonly Bench<Subject>[],
    subject: Subject,
    kind: VerdictSubject,
    number: number,
  ): Promise<PanelVerdict> {
    const judgements = await Promise.all(benches.map((bench) => bench.judge(subject)));
    return {
      combined: combineVerdicts(
        judgements.map(({ verdict }) => verdict),
        this.#rule,
      ),
      rows: judgements.map((judgement, index) => toRow(benches[index]?.name ?? '', kind, number, judgement)),
    };
  }
}

interface Patience {
  readonly attempts: number;
  readonly timeoutMs: number;
  readonly retryDelayMs: number;
}

/** The queue before one judge. */
class Bench<Subject extends PromptSubject | ImageSubject> {
  readonly #judge: Judge<Subject>;
  readonly #patience: Patience;
  readonly #waiting: { readonly subject: Subject; readonly done: (judgement: Judgement) => void }[] = [];
  #running = 0;
  #scheduled = false;

  constructor(judge: Judge<Subject>, patience: Patience) {
    this.#judge = judge;
    this.#patience = patience;
  }

  get name(): string {
    return this.#judge.name;
  }

  judge(subject: Subject): Promise<Judgement> {
    const { promise, resolve } = Promise.withResolvers<Judgement>();
    this.#waiting.push({ subject, done: resolve });
    this.#schedule();
    return promise;
  }

  /** Begins after the current turn of the event loop, so that subjects which arrive together share a batch. */
  #schedule(): void {
    const most = atLeastOne(this.#judge.concurrency);
    if (this.#scheduled || this.#running >= most || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const batch = this.#waiting.splice(0, atLeastOne(this.#judge.batchSize));
      if (batch.length === 0) return;
      this.#running++;
      this.#schedule();
      void this.#judgeBatch(batch.map(({ subject }) => subject)).then((judgements) => {
        this.#running--;
        this.#schedule();
        for (const [index, { done }] of batch.entries()) {
          done(checked(judgements[index], this.name));
        }
      });
    });
  }

  async #judgeBatch(subjects: readonly Subject[]): Promise<readonly Judgement[]> {
    const { attempts, timeoutMs, retryDelayMs } = this.#patience;
    let problem = failed('JUDGE_FAILED', `The judge ${this.name} gave no answer.`);
    for (let attempt = 1; attempt <= attempts; attempt++) {
      try {
        const signal = AbortSignal.timeout(timeoutMs);
        const judgements = await Promise.race([this.#judge.judge(subjects, { signal }), rejectOn(signal)]);
        if (judgements.length === subjects.length) return judgements;
        problem = failed(
          'WRONG_COUNT',
          `The judge ${this.name} gave ${judgements.length} judgements for ${subjects.length} subjects.`,
        );
      } catch (error) {
        problem = failed(codeOf(error), messageOf(error));
      }
      if (attempt < attempts) await delay(retryDelayMs * 2 ** (attempt - 1));
    }
    return subjects.map(() => problem);
  }
}

function rejectOn(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}

/** A judge of the user's own, in plain JavaScript, may leave these numbers out. */
function atLeastOne(value: number | undefined): number {
  return value !== undefined && value >= 1 ? value : 1;
}

/** The judgement, where it is one: a judge of the user's own may say anything. */
function checked(judgement: Judgement | undefined, judge: string): Judgement {
  if (typeof judgement !== 'object' || judgement === null) {
    return failed('NO_JUDGEMENT', `The judge ${judge} left this one out.`);
  }
  const { verdict } = judgement;
  if (verdict === 'safe' || verdict === 'unsafe') return judgement;
  if (verdict === 'error' && typeof judgement.error?.message === 'string') {
    return failed(String(judgement.error.code), judgement.error.message);
  }
  return failed('BAD_JUDGEMENT', `The judge ${judge} said neither safe nor unsafe.`);
}

function failed(code: string, message: string): Judgement {
  return { verdict: 'error', error: { code, message: message.slice(0, 500) } };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'JUDGE_FAILED';
}

function toRow(judge: string, subject: VerdictSubject, number: number, judgement: Judgement): NewVerdict {
  const place = { subject, number, judge, verdict: judgement.verdict };
  if (judgement.verdict === 'error') return { ...place, error: judgement.error };
  return {
    ...place,
    score: judgement.score ?? null,
    label: judgement.label ?? null,
    found: judgement.found ?? null,
  };
}
