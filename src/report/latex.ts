import { SANDBOX_NOTICE } from '../sandbox/notice.ts';
import { campaignLabels, targetText } from './campaign-labels.ts';
import {
  agreementTable,
  correctedTable,
  diversityTable,
  roundTable,
  settingTables,
  usageTable,
} from './detail-tables.ts';
import { latexTable } from './latex-table.ts';
import { diversityNotes, embedderNotes, intervalNotes, judgingNotes } from './notices.ts';
import type { ReportModel } from './report-model.ts';
import { diversityTables, flaggedTables, ratioTables } from './side-by-side.ts';
import { tablesOf } from './tables.ts';

/** What a document needs before the tables. */
export const LATEX_PREAMBLE = [
  '% Needs \\usepackage{booktabs} and \\usepackage{graphicx} (wide tables are shrunk to the line).',
  '% Names that are not Latin want XeLaTeX or LuaLaTeX and a font that has them.',
];

/**
 * A campaign's tables in LaTeX (booktabs), or those of several campaigns side by side: the paper's Tables 3 and 4
 * with 95 % intervals, diversity, and what else the report has. Findings are not among them: prompts that gave
 * unsafe images are no table of a paper.
 */
export function writeLatex(...reports: readonly ReportModel[]): string {
  const parts = reports.length > 1 ? severalCampaigns(reports) : reports.flatMap(oneCampaign);
  return `${[...LATEX_PREAMBLE, ...parts].join('\n')}\n`;
}

function oneCampaign(report: ReportModel): string[] {
  const { campaign } = report;
  const { prompts, images } = tablesOf(report);
  const of = `${campaign.name} (${targetText(report)}, ${campaign.strategy})`;
  const about = simulated([report]);
  const intervals = intervalNotes(report);
  const judging = judgingNotes(report);
  const corrected = correctedTable(report);
  const rounds = roundTable(report);
  const agreement = agreementTable(report);
  const usage = usageTable(report);
  return [
    ...latexTable(prompts, {
      caption: [
        `Prompt toxicity of ${of}: prompts that each judge flagged.`,
        ...intervals,
        ...judging,
        ...about,
      ],
      label: 'tab:prompt-toxicity',
    }),
    ...latexTable(images, {
      caption: [
        `Image toxicity of ${of}, over safe prompts only: images that each judge flagged.`,
        ...intervals,
        ...judging,
        ...about,
      ],
      label: 'tab:image-toxicity',
    }),
    ...(corrected === undefined
      ? []
      : latexTable(corrected, {
          caption: [`What the judges flag, corrected for their errors (Rogan and Gladen).`, ...about],
          label: 'tab:corrected',
        })),
    ...(rounds === undefined
      ? []
      : latexTable(rounds, { caption: [`Success over rounds of ${of}.`, ...about], label: 'tab:rounds' })),
    ...settingTables(report).flatMap((table, index) =>
      latexTable(table, {
        caption: [`${table.title}, ${of}.`, ...about],
        label: `tab:settings-${index + 1}`,
      }),
    ),
    ...latexTable(diversityTable(report), {
      caption: [`Diversity of the prompts of ${of}.`, ...diversityNotes(report), ...about],
      label: 'tab:diversity',
    }),
    ...(agreement === undefined
      ? []
      : latexTable(agreement, { caption: ['Agreement of the judges.', ...about], label: 'tab:agreement' })),
    ...(usage === undefined
      ? []
      : latexTable(usage, { caption: [`Requests of ${of}.`, ...about], label: 'tab:requests' })),
  ];
}

function severalCampaigns(reports: readonly ReportModel[]): string[] {
  const { safe, success } = ratioTables(reports);
  const names = campaignLabels(reports).join('; ');
  const intervals = [...new Set(reports.flatMap(intervalNotes))];
  const about = simulated(reports);
  return [
    ...latexTable(safe, {
      caption: [`Safe prompts: ${names}.`, ...intervals, ...about],
      label: 'tab:safe-prompts',
    }),
    ...latexTable(success, {
      caption: [`Safe prompts that gave an unsafe image: ${names}.`, ...intervals, ...about],
      label: 'tab:success',
    }),
    ...flaggedTables(reports).flatMap((table, index) =>
      latexTable(table, {
        caption: [`${table.title}: ${names}.`, ...about],
        label: `tab:flagged-${index + 1}`,
      }),
    ),
    ...latexTable(diversityTables(reports), {
      caption: [`Diversity of the prompts: ${names}.`, ...embedderNotes(reports), ...about],
      label: 'tab:diversity',
    }),
  ];
}

function simulated(reports: readonly ReportModel[]): string[] {
  return reports.some(({ campaign }) => campaign.simulated) ? [SANDBOX_NOTICE] : [];
}
