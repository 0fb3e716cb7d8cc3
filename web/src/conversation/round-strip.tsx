import type { StoryTurn } from '../../../src/report/view-model.ts';
import styles from './round-strip.module.css';
import { type TurnKind, turnKind } from './story-outline.ts';

const WORDS: Readonly<Record<TurnKind, string>> = {
  finding: 'finding',
  clean: 'safe prompt, no unsafe image',
  'unsafe prompt': 'unsafe prompt',
  refused: 'refused',
  stopped: 'stopped',
  pending: 'not evaluated yet',
};

/** The whole conversation at a glance: a small link for each round, with what came of it. */
export function RoundStrip({
  story,
  current,
  hrefOf,
  onGo,
}: {
  readonly story: readonly StoryTurn[];
  readonly current: number | undefined;
  readonly hrefOf: (round: number) => string;
  readonly onGo: (round: number) => void;
}) {
  const kinds = story.map((turn) => ({ round: turn.round, kind: turnKind(turn) }));
  const used = new Set(kinds.map(({ kind }) => kind));
  return (
    <nav className={styles.strip} aria-label="Rounds">
      <ol>
        {kinds.map(({ round, kind }) => (
          <li key={round}>
            <a
              href={hrefOf(round)}
              data-kind={kind}
              aria-current={round === current ? 'true' : undefined}
              aria-label={`Round ${round}: ${WORDS[kind]}`}
              title={`Round ${round}: ${WORDS[kind]}`}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                event.preventDefault();
                onGo(round);
              }}
            >
              {round}
            </a>
          </li>
        ))}
      </ol>
      <p className={styles.legend} aria-hidden="true">
        {[...used].map((kind) => (
          <span key={kind}>
            <i data-kind={kind} /> {WORDS[kind]}
          </span>
        ))}
      </p>
    </nav>
  );
}
