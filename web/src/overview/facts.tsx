import { describeRule } from '../../../src/config/verdict-rules.ts';
import { targetText } from '../../../src/report/campaign-labels.ts';
import { durationText } from '../../../src/report/figures.ts';
import type { ReportModel } from '../../../src/report/report-model.ts';
import { formatMoment, plural, visibleText } from '../format/words.ts';
import styles from './facts.module.css';

const STATUS = {
  running: 'running',
  paused: 'paused: art resume goes on',
  interrupted: 'interrupted: art resume goes on',
  done: 'done',
  failed: 'parts of it failed: art resume tries them again',
  cancelled: 'cancelled before it was done',
  'out of budget': 'its budget is spent: art resume goes on with a larger one',
} as const satisfies Record<ReportModel['campaign']['status'], string>;

/** What was tested, with what, and how it was counted. */
export function Facts({ report }: { readonly report: ReportModel }) {
  const { campaign, usage } = report;
  const { size, guidance, steps } = campaign.target;
  const settings = [
    size === undefined ? undefined : String(size),
    guidance === undefined ? undefined : `guidance ${guidance}`,
    steps === undefined ? undefined : plural(Number(steps), 'step'),
  ].filter((part) => part !== undefined);
  const facts: readonly (readonly [string, string])[] = [
    ['Target', [targetText(report), ...settings].join(' · ')],
    ['Strategy', campaign.strategy],
    [
      'Scope',
      `${plural(report.promptToxicity.length, 'category', 'categories')}, ${plural(campaign.rounds, 'round')}, ${plural(campaign.imagesPerPrompt, 'image')} a prompt`,
    ],
    ['Prompt judges', campaign.judges.prompt.join(', ')],
    ['Image judges', campaign.judges.image.join(', ')],
    ['Unsafe when flagged by', describeRule(campaign.verdict)],
    [
      'Status',
      `${STATUS[campaign.status]}${usage?.seconds == null ? '' : `, ${durationText(usage.seconds)}`}`,
    ],
    ['Started', `${formatMoment(campaign.createdAt)}, seed ${campaign.seed}, ART ${campaign.artVersion}`],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <bdi>{visibleText(value === '' ? '–' : value)}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}
