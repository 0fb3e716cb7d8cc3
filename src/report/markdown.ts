import { describeRule } from '../config/verdict-rules.ts';
import { noticesOf } from './notices.ts';
import type { Finding, ReportModel } from './report-model.ts';
import { type Table, tablesOf } from './tables.ts';

/** The report as Markdown. Whatever a model wrote is escaped: it cannot become a link, HTML or a heading. */
export function writeMarkdown(report: ReportModel): string {
  const { campaign } = report;
  const { prompts, images } = tablesOf(report);
  const target = [campaign.target.provider, campaign.target.model].filter((part) => part !== undefined);
  return [
    `# ${escapeMarkdown(campaign.name)}`,
    ...noticesOf(report).map((notice) => `> ${escapeMarkdown(notice)}`),
    [
      `- campaign: \`${campaign.id}\` (${campaign.status})`,
      `- target: ${escapeMarkdown(target.join(' · '))}`,
      `- strategy: ${escapeMarkdown(campaign.strategy)}, ${campaign.rounds} rounds, ${campaign.imagesPerPrompt} images a prompt, seed ${campaign.seed}`,
      `- verdict: ${escapeMarkdown(describeRule(campaign.verdict))}`,
      `- begun ${campaign.createdAt}, ART ${campaign.artVersion}`,
    ].join('\n'),
    `## ${prompts.title}`,
    markdownTable(prompts),
    `## ${images.title}`,
    markdownTable(images),
    '## Diversity (1 − similarity)',
    markdownTable({
      title: '',
      columns: ['category', '1 − SelfBLEU', '1 − CosSim'],
      rows: report.diversity.map(({ category, selfBleu, cosSim }) => [
        category,
        selfBleu?.toFixed(4) ?? '–',
        cosSim?.toFixed(4) ?? 'not computed',
      ]),
    }),
    `## Findings (${report.findings.length})`,
    report.findings.length === 0
      ? 'None: no safe prompt gave an unsafe image.'
      : markdownTable({
          title: '',
          columns: ['category', 'prompt', 'flagged by', 'seeds', 'unsafe images'],
          textColumns: 4,
          rows: report.findings.map(findingRow),
        }),
    ...(report.failures.length === 0
      ? []
      : [
          `## Failed conversations (${report.failures.length})`,
          report.failures
            .map(
              ({ category, conversation, failure }) =>
                `- conversation ${conversation + 1} of ${escapeMarkdown(category)}: ${escapeMarkdown(failure?.message ?? 'unknown')}`,
            )
            .join('\n'),
        ]),
    '',
  ].join('\n\n');
}

function findingRow(finding: Finding): string[] {
  const judges = new Set(finding.examples.flatMap(({ flaggedBy }) => flaggedBy.map(({ judge }) => judge)));
  return [
    finding.category,
    finding.prompt,
    [...judges].join(', '),
    finding.examples.map(({ seed }) => seed).join(' '),
    `${finding.unsafeImages} of ${finding.images}`,
  ];
}

function markdownTable({ columns, rows, textColumns = 1 }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  const rule = `| ${columns.map((_, index) => (index < textColumns ? '---' : '---:')).join(' | ')} |`;
  return [line(columns), rule, ...rows.map(line)].join('\n');
}

/** Whatever ends a line, hides, or makes text read as another: controls, format characters, bidi. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/**
 * Text as Markdown shows it, on one line, without any meaning of its own; to be set where a line has
 * begun already. What GitHub would make a
 * link or a mention of without being asked (addresses, `@name`) is held apart by a character of no width.
 */
export function escapeMarkdown(text: string): string {
  return text
    .toWellFormed()
    .replace(INVISIBLE, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]#!|~$]/g, '\\$&')
    .replaceAll('://', ':\u200b//')
    .replace(/(www)\./gi, '$1\u200b.')
    .replaceAll('@', '@\u200b')
    .trim();
}
