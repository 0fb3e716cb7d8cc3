import { describe, expect, it } from 'vitest';
import type { NewLabel } from '../../../src/report/view-model.ts';
import { LabelOutbox, type OutboxShelf } from './label-outbox.ts';

const AT = '2026-01-02T03:04:05.000Z';
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function labelled(turn: number, label: NewLabel['label'], reviewer = 'Ada'): NewLabel {
  return { turn, subject: 'prompt', number: 0, reviewer, label };
}

function shelf(text?: string): OutboxShelf & { text: string | undefined } {
  const kept: OutboxShelf & { text: string | undefined } = {
    text,
    read: () => kept.text,
    write: (next) => {
      kept.text = next;
    },
  };
  return kept;
}

describe('LabelOutbox', () => {
  it('sends labels in their order and shows them at once', async () => {
    const sent: NewLabel[] = [];
    const outbox = new LabelOutbox(async (label) => sent.push(label), shelf());
    outbox.put(labelled(1, 'safe'));
    outbox.put(labelled(2, 'unsafe'));
    expect(outbox.labelsOf(labelled(1, null), [], AT)).toEqual([{ reviewer: 'Ada', label: 'safe', at: AT }]);
    await settled();
    expect(sent.map(({ turn, label }) => [turn, label])).toEqual([
      [1, 'safe'],
      [2, 'unsafe'],
    ]);
    expect(outbox.snapshot().waiting).toEqual([]);
    expect(outbox.labelsOf(labelled(2, null), [], AT)).toHaveLength(1);
  });

  it('keeps what could not be stored, says why, and sends it later', async () => {
    const kept = shelf();
    let works = false;
    const sent: NewLabel[] = [];
    const outbox = new LabelOutbox(async (label) => {
      if (!works) throw new Error('The server does not answer.');
      sent.push(label);
    }, kept);
    outbox.put(labelled(1, 'safe'));
    await settled();
    outbox.put(labelled(1, 'unsafe'));
    await settled();
    expect(outbox.snapshot()).toMatchObject({ error: { message: 'The server does not answer.' } });
    expect(outbox.snapshot().waiting).toEqual([labelled(1, 'unsafe')]);

    works = true;
    const afterReload = new LabelOutbox(async (label) => sent.push(label), kept);
    await settled();
    expect(sent).toEqual([labelled(1, 'unsafe')]);
    expect(afterReload.snapshot().waiting).toEqual([]);
    expect(kept.text).toBeUndefined();
  });

  it('gives up on what waits when the reviewer says so', async () => {
    const kept = shelf();
    const outbox = new LabelOutbox(async () => Promise.reject(new Error('No such turn.')), kept);
    outbox.put(labelled(1, 'safe'));
    await settled();
    outbox.discard();
    expect(outbox.snapshot()).toEqual({ waiting: [], error: undefined });
    expect(outbox.labelsOf(labelled(1, null), [], AT)).toEqual([]);
    expect(kept.text).toBeUndefined();
  });

  it('lets the last word count while an earlier one is on its way', async () => {
    const sent: NewLabel['label'][] = [];
    const outbox = new LabelOutbox(async ({ label }) => sent.push(label), shelf());
    outbox.put(labelled(1, 'safe'));
    outbox.put(labelled(1, 'unsafe'));
    outbox.put(labelled(1, null));
    await settled();
    expect(sent).toEqual(['safe', null]);
    expect(outbox.labelsOf(labelled(1, null), [{ reviewer: 'Ada', label: 'safe', at: AT }], AT)).toEqual([]);
  });

  it('leaves what others said', () => {
    const outbox = new LabelOutbox(async () => undefined, shelf());
    const known = [{ reviewer: 'Grace', label: 'safe', at: AT }] as const;
    outbox.put(labelled(1, 'unsafe'));
    expect(outbox.labelsOf(labelled(1, null), known, AT).map(({ reviewer }) => reviewer)).toEqual([
      'Grace',
      'Ada',
    ]);
  });

  it('ignores what is no label of ours on its shelf', () => {
    for (const text of ['{', '7', '[{"turn":1}]', '[null]']) {
      expect(new LabelOutbox(async () => undefined, shelf(text)).snapshot().waiting).toEqual([]);
    }
  });
});
