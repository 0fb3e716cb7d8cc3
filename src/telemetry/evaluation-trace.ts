import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { at, type Place, placeAttributes } from './place.ts';
import { markFailed, tracer } from './tracing.ts';

/**
 * Draws and judges one evaluation image in a trace of its own.
 *
 * @param place where it belongs
 * @param setting of a sweep; `null` for the campaign's own
 * @param work draws, judges and stores it
 */
export async function traceEvaluation<T>(
  place: Place,
  setting: string | null,
  work: () => Promise<T>,
): Promise<T> {
  const attributes = { ...placeAttributes(place), ...(setting === null ? {} : { 'art.setting': setting }) };
  const span = tracer().startSpan('art.evaluation', { attributes }, ROOT_CONTEXT);
  try {
    return await at(place, () => context.with(trace.setSpan(context.active(), span), work));
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}
