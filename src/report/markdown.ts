import { describeRule } from '../config/verdict-rules.ts';
import { targetText } from './campaign-labels.ts';
import {
  agreementTable,
  correctedTable,
  diversityTable,
  findingsTable,
  reviewTables,
  roundTable,
  settingTables,
  usageTable,
} from './detail-tables.ts';
import { escapeMarkdown, markdownTable } from './markdown-table.ts';
import {
  correctedSentences,
  diversityNotes,
  embedderNotes,
  intervalNotes,
  noticesOf,
  reviewSentences,
  usageSentences,
} from './notices.ts';
import type { ReportModel } from './report-model.ts';
import { campaignTable, diversityTables, flaggedTables, ratioTables } from './side-by-side.ts';
import { type Table, tablesOf } from './tables.ts';

/**
 * A campaign's report as Markdown, or several campaigns side by side. Whatever a model wrote is escaped: it
 * cannot become a link, HTML or a heading.
 */
export function writeMarkdown(...reports: readonly ReportModel[]): string {
  const parts = reports.length > 1 ? severalCampaigns(reports) : reports.flatMap(oneCampaign);
  return [...parts, ''].join('\n\n');
}

function oneCampaign(report: ReportModel): string[] {
  const { campaign } = report;
  const { prompts, images } = tablesOf(report);
  const used = usageTable(report);
  return [
    `# ${escapeMarkdown(campaign.name)}`,
    ...quoted(noticesOf(report)),
    [
      `- campaign: \`${campaign.id}\` (${campaign.status})`,
      `- target: ${escapeMarkdown(targetText(report))}`,
      `- strategy: ${escapeMarkdown(campaign.strategy)}, ${campaign.rounds} rounds, ${campaign.imagesPerPrompt} images a prompt, seed ${campaign.seed}`,
      `- verdict: ${escapeMarkdown(describeRule(campaign.verdict))}`,
      `- begun ${campaign.createdAt}, ART ${campaign.artVersion}`,
    ].join('\n'),
    ...section(prompts),
    ...section(images),
    ...sentences(intervalNotes(report)),
    ...optional(correctedTable(report), sentences(correctedSentences(report))),
    ...optional(roundTable(report)),
    ...settingTables(report).flatMap((table) => section(table)),
    ...section(diversityTable(report)),
    ...sentences(diversityNotes(report)),
    ...optional(agreementTable(report)),
    ...(report.review === undefined ? [] : ['## Review', ...sentences(reviewSentences(report))]),
    ...reviewTables(report).flatMap((table) => section(table, '###')),
    ...optional(used, sentences(usageSentences(report))),
    `## Findings (${report.findings.length})`,
    report.findings.length === 0
      ? 'None: no safe prompt gave an unsafe image.'
      : markdownTable(findingsTable(report)),
    ...failed(report),
  ];
}

function severalCampaigns(reports: readonly ReportModel[]): string[] {
  const { safe, success } = ratioTables(reports);
  const notices = [...new Set(reports.flatMap(noticesOf))];
  const notes = [...new Set(reports.flatMap(intervalNotes))];
  return [
    `# ${reports.length} campaigns side by side`,
    ...quoted(notices),
    ...section(campaignTable(reports)),
    ...section(safe),
    ...section(success),
    ...sentences(notes),
    'What of this is more than chance, `art compare` tells.',
    ...flaggedTables(reports).flatMap((table) => section(table)),
    ...section(diversityTables(reports)),
    ...sentences(embedderNotes(reports)),
  ];
}

function failed({ failures }: ReportModel): string[] {
  if (failures.length === 0) return [];
  return [
    `## Failed conversations (${failures.length})`,
    failures
      .map(
        ({ category, conversation, failure }) =>
          `- conversation ${conversation + 1} of ${escapeMarkdown(category)}: ${escapeMarkdown(failure?.message ?? 'unknown')}`,
      )
      .join('\n'),
  ];
}

function section(table: Table, level = '##'): string[] {
  return [`${level} ${escapeMarkdown(table.title)}`, markdownTable(table)];
}

function optional(table: Table | undefined, after: readonly string[] = []): string[] {
  return table === undefined ? [] : [...section(table), ...after];
}

function quoted(notices: readonly string[]): string[] {
  return notices.map((notice) => `> ${escapeMarkdown(notice)}`);
}

/** Sentences as one paragraph. */
function sentences(some: readonly string[]): string[] {
  return some.length === 0 ? [] : [some.map(escapeMarkdown).join(' ')];
}
