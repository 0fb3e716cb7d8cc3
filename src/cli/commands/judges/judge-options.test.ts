import { expect, it } from 'vitest';
import { z } from 'zod';
import { JUDGES } from '../../../judges/registry.ts';
import { asksServer, needOf } from './judge-need.ts';
import { judgeOptions } from './judge-options.ts';

it('tells options by name, kind, default and words', () => {
  const schema = z.strictObject({
    model: z.string().describe('which'),
    threshold: z.number().default(0.5).describe('from here on'),
    dtype: z.enum(['fp32', 'q8']).default('fp32'),
    labels: z.array(z.string()).optional(),
    inner: z.strictObject({ file: z.string().optional().describe('where') }).prefault({}),
  });
  expect(judgeOptions(schema)).toEqual([
    { name: 'model', type: 'text', description: 'which', required: true },
    { name: 'threshold', type: 'number', description: 'from here on', default: 0.5, required: false },
    { name: 'dtype', type: 'fp32 | q8', description: '', default: 'fp32', required: false },
    { name: 'labels', type: 'list of text', description: '', required: false },
    { name: 'inner', type: 'object', description: '', required: false },
    { name: 'inner.file', type: 'text', description: 'where', required: false },
  ]);
});

it.each(JUDGES.map((judge) => [`${judge.name} (${judge.subject})`, judge] as const))(
  'can tell what %s needs, and all its options in words',
  (_, judge) => {
    expect(needOf(judge)).toMatch(
      /^(?:nothing|npm packages|export once|weights, 1.2 GB|a server|API key|download(?:, [\d.,]+ [kMG]B)?)$/,
    );
    expect(asksServer(judge)).toBe(/server|key/.test(needOf(judge)));
    for (const { name, description, type } of judgeOptions(judge.optionsSchema)) {
      expect(description, name).not.toBe('');
      expect(type, name).not.toBe('');
    }
  },
);
