import { useState } from 'react';
import type { ReportModel } from '../../../src/report/report-model.ts';
import { CategoryFilter } from '../components/category-filter.tsx';
import { PageHeader } from '../components/page-header.tsx';
import { Asked, Empty } from '../components/states.tsx';
import { visibleText } from '../format/words.ts';
import { Choice } from '../gallery/filter-bar.tsx';
import { useAsync } from '../hooks/use-async.ts';
import { ReviewerForm } from '../labels/label-control.tsx';
import { type Labels, useLabels } from '../labels/use-labels.ts';
import { useStoredValue } from '../preferences/stored-value.ts';
import { loadQueue } from '../review/load-queue.ts';
import { orderQueue, type QueueChoice, type ReviewItem, readChoice } from '../review/queue.ts';
import { ReviewAgreement } from '../review/review-agreement.tsx';
import { ReviewSession } from '../review/review-session.tsx';
import { hashHref } from '../routing/hash-route.ts';
import { setRouteParams, useRoute } from '../routing/use-route.ts';
import { useCampaign, useSource, useVersion } from '../sources/source-context.tsx';
import styles from './review.module.css';

/** Where people say what they think of prompts and images themselves. */
export function ReviewPage() {
  const source = useSource();
  const { id } = useCampaign();
  const version = useVersion();
  const labels = useLabels();
  const asked = useAsync(() => source.report(id), [source, version], id);
  const report = asked.state === 'done' ? asked.value : undefined;
  return (
    <>
      <PageHeader title="Review">
        <p>
          Judges err. Say yourself what is safe and what is not: the report then shows how far the judges can
          be trusted, and <code>art judges eval</code> measures them with your labels.
        </p>
      </PageHeader>
      {!source.canLabel && (
        <Empty title="A file can be read, not labelled.">
          <p>
            Open the campaign where it was run: <code>art view {id}</code>
          </p>
        </Empty>
      )}
      {source.canLabel && labels.reviewer === undefined && <ReviewerForm focus onName={labels.setReviewer} />}
      {source.canLabel && labels.reviewer !== undefined && (
        <Labelling key={labels.reviewer} labels={labels} report={report} />
      )}
      {report !== undefined && <ReviewAgreement report={report} />}
      {source.canLabel && report?.review !== undefined && (
        <p className={styles.export}>
          All labels as{' '}
          <a href={`api/campaigns/${encodeURIComponent(id)}/labels.csv`} download>
            CSV
          </a>{' '}
          or{' '}
          <a href={`api/campaigns/${encodeURIComponent(id)}/labels.jsonl`} download>
            JSON Lines
          </a>
          .
        </p>
      )}
    </>
  );
}

const QUEUES = {
  findings: 'Findings',
  all: 'All, findings first',
  sample: 'A random sample',
} as const;

function Labelling({
  labels,
  report,
}: {
  readonly labels: Labels;
  readonly report: ReportModel | undefined;
}) {
  const source = useSource();
  const { id } = useCampaign();
  const { params } = useRoute();
  const choice = readChoice(params);
  const [atOnce, setAtOnce] = useStoredValue('verdicts-at-once', 'local');
  const [open, setOpen] = useState(() => window.matchMedia('(min-width: 44rem)').matches);
  const key = JSON.stringify([id, choice]);
  // Not asked again when a label is given or the campaign goes on: the queue stays as the reviewer knows it.
  const items = useAsync(() => loadQueue(source, id, choice), [source, key], key);
  return (
    <>
      <details
        className={styles.choices}
        open={open}
        onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      >
        <summary>
          {choice.of === 'images' ? 'Images' : 'Prompts'}: {QUEUES[choice.queue]}
          {choice.category !== undefined && `, ${visibleText(choice.category)}`}
        </summary>
        <div className={styles.row}>
          <Choice
            label="Label"
            value={choice.of}
            onChange={(of) => setRouteParams({ of: of === 'images' ? undefined : of })}
            options={[
              { value: 'images', title: 'Images' },
              { value: 'prompts', title: 'Prompts' },
            ]}
          />
          <Choice
            label="Which"
            value={choice.queue}
            onChange={(queue) => setRouteParams({ queue: queue === 'findings' ? undefined : queue })}
            options={Object.entries(QUEUES).map(([value, title]) => ({ value, title }))}
          />
          <label className={styles.switch}>
            <input
              type="checkbox"
              checked={atOnce === 'on'}
              onChange={({ target }) => setAtOnce(target.checked ? 'on' : undefined)}
            />
            Show the judges’ verdicts at once
          </label>
          <p className={styles.reviewer}>
            You label as <bdi>{visibleText(labels.reviewer ?? '')}</bdi>
            <button type="button" onClick={() => labels.setReviewer(undefined)}>
              Change
            </button>
          </p>
        </div>
        <CategoryFilter
          categories={report?.imageToxicity.map(({ category }) => category) ?? []}
          value={choice.category}
          onChange={(category) => setRouteParams({ category })}
        />
        {choice.queue === 'sample' && (
          <p className={styles.hint}>
            In random order, the same for every reviewer, whatever the judges said: for measuring the judges.
            You can stop at any time.
          </p>
        )}
      </details>
      <Asked answer={items} what="Gathering what there is to label">
        {(value) => (
          <Session key={key} items={value} choice={choice} labels={labels} atOnce={atOnce === 'on'} />
        )}
      </Asked>
    </>
  );
}

function Session({
  items,
  choice,
  labels,
  atOnce,
}: {
  readonly items: readonly ReviewItem[];
  readonly choice: QueueChoice;
  readonly labels: Labels;
  readonly atOnce: boolean;
}) {
  const { id } = useCampaign();
  if (orderQueue(items, choice, () => false).length > 0) {
    return <ReviewSession items={items} choice={choice} labels={labels} verdictsAtOnce={atOnce} />;
  }
  return (
    <Empty
      title={choice.queue === 'findings' ? 'There are no findings to label.' : 'There is nothing to label.'}
    >
      <p>
        {choice.of === 'images'
          ? 'Images can be labelled once they are drawn and stored; imported results have none.'
          : 'Prompts can be labelled once they have been tried.'}
      </p>
      {choice.queue === 'findings' && (
        <a href={hashHref(['review'], { campaign: id, of: choice.of, queue: 'all' })}>Label the others</a>
      )}
    </Empty>
  );
}
