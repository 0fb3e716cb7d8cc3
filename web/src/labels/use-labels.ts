import { useCallback, useSyncExternalStore } from 'react';
import type { LabelSubject, ShownLabel, ViewSource } from '../../../src/report/view-model.ts';
import type { ReviewLabel } from '../../../src/store/schema.ts';
import { useStoredValue } from '../preferences/stored-value.ts';
import { useCampaign, useSource } from '../sources/source-context.tsx';
import { LabelOutbox, type OutboxSnapshot } from './label-outbox.ts';
import { browserShelf } from './label-shelf.ts';

/** What the pages need to show and give labels. */
export interface Labels extends OutboxSnapshot {
  readonly canLabel: boolean;
  /** `undefined` until somebody has said who labels. */
  readonly reviewer: string | undefined;
  readonly setReviewer: (name: string | undefined) => void;
  /** Gives the reviewer's label, or takes it back (`null`); does nothing without a reviewer. */
  readonly put: (subject: LabelSubject, label: ReviewLabel | null) => void;
  readonly labelsOf: (subject: LabelSubject, known: readonly ShownLabel[]) => readonly ShownLabel[];
  /** What the reviewer said of a subject. */
  readonly own: (subject: LabelSubject, known: readonly ShownLabel[]) => ReviewLabel | undefined;
  readonly retry: () => void;
  /** Gives up on what was refused. */
  readonly discard: () => void;
}

const outboxes = new WeakMap<ViewSource, Map<string, LabelOutbox>>();

/** The labels of the campaign that is looked at; renders again when one is given. */
export function useLabels(): Labels {
  const source = useSource();
  const { id } = useCampaign();
  const outbox = outboxOf(source, id);
  const snapshot = useSyncExternalStore(outbox.subscribe, outbox.snapshot);
  const [reviewer, setReviewer] = useStoredValue('reviewer', 'local');
  const put = useCallback(
    (subject: LabelSubject, label: ReviewLabel | null) => {
      if (reviewer === undefined) return;
      const { turn, subject: kind, number } = subject;
      outbox.put({ turn, subject: kind, number, reviewer, label });
    },
    [outbox, reviewer],
  );
  const at = new Date().toISOString();
  const labelsOf = (subject: LabelSubject, known: readonly ShownLabel[]) =>
    outbox.labelsOf(subject, known, at);
  return {
    ...snapshot,
    canLabel: source.canLabel,
    reviewer,
    setReviewer,
    put,
    labelsOf,
    own: (subject, known) => labelsOf(subject, known).find((said) => said.reviewer === reviewer)?.label,
    retry: () => outbox.retry(),
    discard: () => outbox.discard(),
  };
}

function outboxOf(source: ViewSource, campaign: string): LabelOutbox {
  const known = outboxes.get(source) ?? new Map<string, LabelOutbox>();
  outboxes.set(source, known);
  const outbox =
    known.get(campaign) ??
    new LabelOutbox(
      (label) => source.label(campaign, label),
      browserShelf(campaign, () => window.localStorage),
    );
  known.set(campaign, outbox);
  return outbox;
}
