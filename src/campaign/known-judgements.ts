import type { ImageSubject, Judge, Judgement, PromptSubject } from '../judges/judge.ts';
import { contentHash } from '../store/content-hash.ts';
import type { KnownVerdict, LookedUp } from '../store/known-verdicts.ts';
import type { Answer } from './bench.ts';

/** Looks up what is stored of a subject already, for all judges at once; errors are not told. */
export type FindKnown = (subject: LookedUp, revisions: readonly string[]) => Promise<readonly KnownVerdict[]>;

/** How many answers are remembered: what has been judged but is not committed yet is among them. */
const MOST_REMEMBERED = 10_000;

type Subject = PromptSubject | ImageSubject;
type Asked = { readonly judge: Pick<Judge<never>, 'name' | 'revision' | 'dependsOnCategory'> };

/**
 * Sees to it that the same prompt or image is judged once: by looking into the store, and by sharing what
 * is just being judged. Only for judges with a revision, whose verdicts follow from it.
 */
export class KnownJudgements {
  readonly #find: FindKnown;
  readonly #recent = new Map<string, Promise<Answer>>();

  constructor(find: FindKnown = async () => []) {
    this.#find = find;
  }

  /**
   * The answers of some judges on one subject, known ones where there are any.
   *
   * @param benches the judges
   * @param ask asks one of them
   */
  answers<Bench extends Asked>(
    benches: readonly Bench[],
    subject: Subject,
    ask: (bench: Bench) => Promise<Answer>,
  ): Promise<Answer>[] {
    const subjectKey =
      subject.kind === 'prompt' ? contentHash(Buffer.from(subject.text)) : subject.picture.hash;
    const keyOf = ({ judge }: Bench) =>
      `${judge.revision} ${subject.kind} ${subjectKey} ${judge.dependsOnCategory === true ? subject.category : ''}`;
    const unheard = benches.filter(
      (bench) => bench.judge.revision !== undefined && !this.#recent.has(keyOf(bench)),
    );
    const revisions = unheard.flatMap(({ judge }) => judge.revision ?? []);
    const stored = revisions.length === 0 ? undefined : this.#find(lookedUp(subject), revisions);
    return benches.map((bench) => {
      if (bench.judge.revision === undefined || stored === undefined) {
        return this.#heard(bench.judge.revision === undefined ? undefined : keyOf(bench)) ?? ask(bench);
      }
      const key = keyOf(bench);
      const answer =
        this.#heard(key) ??
        stored.then((known) => {
          const judgement = matching(known, bench.judge, subject.category);
          return judgement === undefined ? ask(bench) : { judgement };
        });
      if (!this.#recent.has(key)) this.#remember(key, answer);
      return answer;
    });
  }

  /** What has been asked already; its request is recorded where it was asked first. */
  #heard(key: string | undefined): Promise<Answer> | undefined {
    const recent = key === undefined ? undefined : this.#recent.get(key);
    return recent?.then(({ judgement }) => ({ judgement }));
  }

  #remember(key: string, answer: Promise<Answer>): void {
    this.#recent.set(key, answer);
    const forget = () => {
      if (this.#recent.get(key) === answer) this.#recent.delete(key);
    };
    // What failed is asked for again by the next; whoever waits for the answer hears of the error.
    answer.then(({ judgement }) => {
      if (judgement.verdict === 'error') forget();
    }, forget);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > MOST_REMEMBERED && oldest !== undefined) this.#recent.delete(oldest);
  }
}

function lookedUp(subject: Subject): LookedUp {
  return subject.kind === 'prompt'
    ? { kind: 'prompt', text: subject.text }
    : { kind: 'image', hash: subject.picture.hash };
}

function matching(
  known: readonly KnownVerdict[],
  { revision, dependsOnCategory }: Asked['judge'],
  category: string,
): Judgement | undefined {
  const found = known.find(
    (one) => one.revision === revision && (dependsOnCategory !== true || one.category === category),
  );
  if (found === undefined) return undefined;
  const { verdict, score, label, found: what } = found;
  return {
    verdict,
    ...(score === null ? {} : { score }),
    ...(label === null ? {} : { label }),
    ...(what === null ? {} : { found: what }),
  };
}
