import { useEffect, useRef, useState } from 'react';
import type { ConversationStory } from '../../../src/report/view-model.ts';
import { ModelText } from '../components/model-text.tsx';
import { PageHeader } from '../components/page-header.tsx';
import { Asked, Empty } from '../components/states.tsx';
import { RoundStrip } from '../conversation/round-strip.tsx';
import { firstFinding } from '../conversation/story-outline.ts';
import { TurnStory } from '../conversation/turn-story.tsx';
import { categoryTitle, plural, visibleText } from '../format/words.ts';
import { useAsync } from '../hooks/use-async.ts';
import { ShortcutHelp } from '../keyboard/shortcut-help.tsx';
import { hashHref } from '../routing/hash-route.ts';
import { setRouteParams, useRoute } from '../routing/use-route.ts';
import { useCampaign, useSource, useVersion } from '../sources/source-context.tsx';
import styles from './conversation.module.css';

/** A conversation's story, turn by turn. */
export function ConversationPage({
  category,
  number,
}: {
  readonly category: string;
  readonly number: number;
}) {
  const source = useSource();
  const { id } = useCampaign();
  const version = useVersion();
  const story = useAsync(
    () => source.conversation(id, category, number),
    [source, version],
    JSON.stringify([id, category, number]),
  );
  return (
    <>
      <p className={styles.back}>
        <a href={hashHref(['conversations'], { campaign: id })}>All conversations</a>
      </p>
      <PageHeader title={`${visibleText(categoryTitle(category))} ${number + 1}`}>
        {story.state === 'done' && <Lead story={story.value} />}
      </PageHeader>
      <Asked answer={story} what="Opening the conversation">
        {(value) => <Story story={value} />}
      </Asked>
    </>
  );
}

function Lead({ story }: { readonly story: ConversationStory }) {
  return (
    <>
      <p>
        {plural(story.turns, 'prompt')}, {story.safePrompts.toLocaleString('en')} safe,{' '}
        <strong>{plural(story.findings, 'finding')}</strong>. {STATUS[story.status]} Seed {story.seed}.
      </p>
      <p>
        It began with “<ModelText text={story.startPrompt} maximum={200} />
        ”.
      </p>
    </>
  );
}

const STATUS = {
  pending: 'It has not begun.',
  running: 'It goes on.',
  done: '',
  failed: 'It failed.',
} as const;

function Story({ story }: { readonly story: ConversationStory }) {
  const source = useSource();
  const { id } = useCampaign();
  const { params } = useRoute();
  const [marking, setMarking] = useState(true);
  const [labelling, setLabelling] = useState(false);
  const asked = params.get('round');
  const current = asked === null || !/^\d+$/.test(asked) ? undefined : Number(asked);
  const turns = story.story;
  const finding = firstFinding(turns);
  const gone = useRef<number>(undefined);

  useEffect(() => {
    if (current === undefined || gone.current === current) return;
    gone.current = current;
    const element = document.getElementById(`round-${current}`);
    element?.scrollIntoView({ block: 'start' });
    element?.focus({ preventScroll: true });
  }, [current]);

  const go = (round: number) => {
    // The same round asked for again is gone to again.
    gone.current = undefined;
    if (round === current) document.getElementById(`round-${round}`)?.scrollIntoView({ block: 'start' });
    setRouteParams({ round });
  };
  const rounds = turns.map(({ round }) => round);
  const step = (by: number) => {
    const place = rounds.indexOf(current ?? -1);
    const next = place === -1 ? rounds[by > 0 ? 0 : rounds.length - 1] : rounds[place + by];
    if (next !== undefined) go(next);
  };
  const findings = rounds.filter((_, index) => {
    const turn = turns[index];
    return turn !== undefined && firstFinding([turn]) !== undefined;
  });
  const nextFinding = findings.find((round) => round > (current ?? -1)) ?? findings[0];

  if (turns.length === 0) {
    return (
      <Empty title="Nothing has been said yet.">
        {story.failure !== null && (
          <p>
            <ModelText text={story.failure} />
          </p>
        )}
      </Empty>
    );
  }
  return (
    <>
      <RoundStrip
        story={turns}
        current={current}
        onGo={go}
        hrefOf={(round) => hashHref(['conversations', story.category, story.number], { campaign: id, round })}
      />
      <div className={styles.tools}>
        {finding !== undefined && (
          <button type="button" onClick={() => go(finding)}>
            Go to the first finding
          </button>
        )}
        <label>
          <input type="checkbox" checked={marking} onChange={({ target }) => setMarking(target.checked)} />
          Mark changed words
        </label>
        {source.canLabel && (
          <label>
            <input
              type="checkbox"
              checked={labelling}
              onChange={({ target }) => setLabelling(target.checked)}
            />
            Label
          </label>
        )}
        <ShortcutHelp
          shortcuts={[
            { keys: ['j', 'ArrowRight'], does: 'Next round', run: () => step(1) },
            { keys: ['k', 'ArrowLeft'], does: 'Round before', run: () => step(-1) },
            {
              keys: ['f'],
              does: 'Next finding',
              run: () => nextFinding !== undefined && go(nextFinding),
            },
            { keys: ['m'], does: 'Mark changed words, or do not', run: () => setMarking(!marking) },
          ]}
        />
      </div>
      <div className={styles.turns}>
        {turns.map((turn, index) => (
          <TurnStory
            key={turn.id}
            turn={turn}
            campaign={id}
            category={story.category}
            number={story.number}
            before={marking ? turns[index - 1]?.prompt : undefined}
            labelling={labelling}
          />
        ))}
      </div>
      {story.failure !== null && (
        <p className={styles.failure}>
          <strong>The conversation failed here:</strong> <ModelText text={story.failure} />
        </p>
      )}
    </>
  );
}
