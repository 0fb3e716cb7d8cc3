import type { Config } from '../config/schema.ts';
import { settingsOf } from '../config/sweep.ts';
import { drawOptions } from '../models/draw-options.ts';

/** Providers of the AI SDK whose image models take an aspect ratio and no size. */
const NO_SIZE: readonly string[] = ['google', 'google-vertex', 'luma', 'xai'];

/**
 * What a user should know of a sweep before it is drawn: settings that would not reach the target, so that
 * every one of them would draw the same.
 *
 * @param placeholders those of the workflow, where the target has one
 */
export function sweepNotes(
  { sweep, target }: Pick<Config, 'sweep' | 'target'>,
  placeholders?: ReadonlySet<string>,
): string[] {
  const settings = settingsOf({ sweep, target });
  const notes: string[] = [];
  const note = (axis: 'guidance' | 'size', why: string) => {
    const count = settings.filter((setting) => setting[axis] !== undefined).length;
    if (count > 0) {
      notes.push(
        `The sweep over ${axis} will draw the same under ${count === 1 ? 'its setting' : `all its ${count} settings`} as without it: ${why}.`,
      );
    }
  };
  const { provider, providerOptions = {} } = target;
  const sent = (guidance: number) =>
    JSON.stringify(drawOptions(provider, { guidance }, providerOptions, 0).providerOptions);
  if (drawOptions(provider, { guidance: 1 }, {}, 0).notTaken.includes('guidance')) {
    note('guidance', `the provider ${provider} does not take a guidance scale`);
  } else if (sent(1) === sent(2)) {
    note('guidance', 'target.providerOptions sets it, and wins');
  } else if (placeholders?.has('guidance') === false) {
    note('guidance', 'the workflow has no {{guidance}}');
  }
  if (NO_SIZE.includes(provider)) {
    note('size', `the provider ${provider} takes an aspect ratio and no size`);
  } else if (provider === 'openai-compatible' && providerOptions.size !== undefined) {
    note('size', 'target.providerOptions sets it, and wins');
  } else if (placeholders?.has('width') === false && !placeholders.has('height')) {
    note('size', 'the workflow has neither {{width}} nor {{height}}');
  }
  return notes;
}
