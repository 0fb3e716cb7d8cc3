import type { ConfigurationProblem } from './configuration-error.ts';
import { isPlainObject } from './presets.ts';

/**
 * What the schema cannot say of a sweep: that it draws nothing.
 *
 * @param settings the configuration after its preset
 */
export function checkSweep({
  sweep,
  imagesPerPrompt,
}: Readonly<Record<string, unknown>>): ConfigurationProblem[] {
  if (!isPlainObject(sweep)) return [];
  const refuse = (message: string): ConfigurationProblem[] => [
    { code: 'CONFIG_INVALID', path: ['sweep'], message },
  ];
  if (Object.keys(sweep).length === 0)
    return refuse('names no setting; give guidance or size, e.g. { guidance: [2.5, 5, 7.5] }');
  if (imagesPerPrompt === 0) return refuse('draws nothing while imagesPerPrompt is 0; raise it');
  return [];
}
