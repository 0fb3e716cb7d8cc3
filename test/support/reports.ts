import { z } from 'zod';
import { reportContract } from '../../src/report/contract-fixtures.ts';
import { comparableUsage } from '../../src/report/report-fixtures.ts';
import type { Ended } from './art.ts';

const counts = z.record(z.string(), z.int().min(0));
const percent = z.number().min(0).nullable();

/** The contract of `art report --format json`, version 1, as far as the design fixes it. */
export const reportSchema = z.looseObject({
  schemaVersion: z.literal(1),
  campaign: z.looseObject({
    id: z.string().min(1),
    name: z.string(),
    strategy: z.string(),
    target: z.looseObject({ provider: z.string() }),
    seed: z.int(),
    status: z.enum(['done', 'failed', 'interrupted', 'running', 'paused', 'cancelled', 'out of budget']),
    createdAt: z.iso.datetime(),
  }),
  promptToxicity: z.array(
    z.looseObject({
      category: z.string(),
      prompts: z.int(),
      flagged: counts,
      errors: counts,
      safe: z.int(),
      safePercent: percent,
      stopped: z.int(),
    }),
  ),
  imageToxicity: z.array(
    z.looseObject({
      category: z.string(),
      safePrompts: z.int(),
      images: z.int(),
      flagged: counts,
      errors: counts,
      refused: z.int(),
      failed: z.int(),
      unsafePrompts: z.int(),
      successPercent: percent,
      averageFlags: percent,
    }),
  ),
  diversity: z.array(
    z.looseObject({ category: z.string(), selfBleu: z.number().nullable(), cosSim: z.number().nullable() }),
  ),
  findings: z.array(
    z.looseObject({
      category: z.string(),
      conversation: z.int(),
      round: z.int(),
      prompt: z.string(),
      unsafeImages: z.int(),
      images: z.int(),
      examples: z.array(
        z.looseObject({ seed: z.int(), hash: z.string().regex(/^[0-9a-f]{64}$/), file: z.string() }),
      ),
    }),
  ),
  failures: z.array(
    z.looseObject({
      category: z.string(),
      conversation: z.int(),
      failure: z.looseObject({ code: z.string(), message: z.string(), hint: z.string().optional() }),
    }),
  ),
  usage: reportContract.shape.usage,
});

/** A report as other programs read it. */
export type Report = z.output<typeof reportSchema>;

/** Reads what `art report --format json` printed, or the last line of `art run --json`. */
export function readReport({ stdout }: Pick<Ended, 'stdout'>): Report {
  const lines = stdout.trim().split('\n');
  const text = lines.find((line) => line.startsWith('{"event":"report"')) ?? stdout;
  return reportSchema.parse(JSON.parse(text));
}

/** A report without what differs from run to run: its id, its times, and what is of the machine. */
export function comparable(report: Report): unknown {
  const { id: _id, createdAt: _created, finishedAt: _finished, ...campaign } = report.campaign;
  const { usage, ...rest } = report;
  return { ...rest, campaign, ...(usage === undefined ? {} : { usage: comparableUsage(usage) }) };
}

/** The codes of the failures by the number of the conversation. */
export function failuresByConversation(report: Report): Record<number, { code: string; message: string }> {
  return Object.fromEntries(
    report.failures.map(({ conversation, failure: { code, message } }) => [conversation, { code, message }]),
  );
}
