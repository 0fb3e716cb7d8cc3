import type { RecordedVerdict } from '../../store/recorded-verdicts.ts';
import type { ShownVerdict } from '../view-model.ts';

/** A stored verdict as people see it. */
export function showVerdict({ judge, verdict, score, label, found, error }: RecordedVerdict): ShownVerdict {
  return { judge, verdict, score, label, found: found ?? [], error: error?.message ?? null };
}
