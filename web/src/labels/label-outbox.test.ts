import { describe, expect, it } from 'vitest';
import type { NewLabel } from '../../../src/report/view-model.ts';
import { RefusedError } from '../sources/refused-error.ts';
import { LabelOutbox } from './label-outbox.ts';
import { browserShelf } from './label-shelf.ts';

const AT = '2026-01-02T03:04:05.000Z';
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function labelled(turn: number, label: NewLabel['label'], reviewer = 'Ada'): NewLabel {
  return { turn, subject: 'prompt', number: 0, reviewer, label };
}

/** A browser's storage, as far as it is used. */
function storage(texts: Readonly<Record<string, string>> = {}) {
  const kept = new Map(Object.entries(texts));
  const used: Storage = {
    get length() {
      return kept.size;
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => void kept.set(key, text),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  };
  return used;
}

function shelf(kept = storage(), campaign = 'one') {
  return browserShelf(campaign, () => kept);
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
    const kept = storage();
    const sent: NewLabel[] = [];
    const outbox = new LabelOutbox(async () => {
      throw new Error('The server does not answer.');
    }, shelf(kept));
    outbox.put(labelled(1, 'safe'));
    await settled();
    outbox.put(labelled(1, 'unsafe'));
    await settled();
    expect(outbox.snapshot()).toMatchObject({ error: { message: 'The server does not answer.' } });
    expect(outbox.snapshot().waiting).toEqual([labelled(1, 'unsafe')]);
    outbox.discard();
    expect(outbox.snapshot().waiting).toHaveLength(1);

    const afterReload = new LabelOutbox(async (label) => sent.push(label), shelf(kept));
    await settled();
    expect(sent).toEqual([labelled(1, 'unsafe')]);
    expect(afterReload.snapshot().waiting).toEqual([]);
    expect(kept.length).toBe(0);
  });

  it('sets aside what is refused, stores the others, and drops only that on request', async () => {
    const kept = storage();
    const sent: number[] = [];
    const outbox = new LabelOutbox(async ({ turn }) => {
      if (turn === 1) throw new RefusedError('No such turn.');
      sent.push(turn);
    }, shelf(kept));
    for (const turn of [1, 2, 3]) outbox.put(labelled(turn, 'safe'));
    await settled();
    expect(sent).toEqual([2, 3]);
    expect(outbox.snapshot()).toMatchObject({
      waiting: [],
      error: undefined,
      refused: [{ label: labelled(1, 'safe'), error: { message: 'No such turn.' } }],
    });
    expect(outbox.labelsOf(labelled(1, null), [], AT)).toEqual([]);
    expect(outbox.labelsOf(labelled(2, null), [], AT)).toHaveLength(1);
    expect(kept.length).toBe(1);
    outbox.discard();
    expect(outbox.snapshot().refused).toEqual([]);
    expect(kept.length).toBe(0);
  });

  it('takes nothing from another page of the same campaign', async () => {
    const kept = storage();
    const offline = async () => Promise.reject(new Error('offline'));
    const [here, there] = [new LabelOutbox(offline, shelf(kept)), new LabelOutbox(offline, shelf(kept))];
    here.put(labelled(1, 'safe'));
    there.put(labelled(2, 'unsafe'));
    await settled();
    const sent: NewLabel[] = [];
    new LabelOutbox(async (label) => sent.push(label), shelf(kept, 'another'));
    new LabelOutbox(async (label) => sent.push(label), shelf(kept));
    await settled();
    expect(sent).toEqual([labelled(1, 'safe'), labelled(2, 'unsafe')]);
  });

  it('leaves a newer word of another page where it is', async () => {
    const kept = storage();
    const arrived = Promise.withResolvers<void>();
    const here = new LabelOutbox(() => arrived.promise, shelf(kept));
    here.put(labelled(1, 'safe'));
    const there = new LabelOutbox(async () => Promise.reject(new Error('offline')), shelf(kept));
    there.put(labelled(1, 'unsafe'));
    arrived.resolve();
    await settled();
    expect(shelf(kept).read()).toEqual([JSON.stringify(labelled(1, 'unsafe'))]);
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
    const texts = Object.fromEntries(
      ['{', '7', '[{"turn":1}]', '{"turn":1}', 'null'].map((text, index) => [`art-label/one/${index}`, text]),
    );
    const kept = storage({ ...texts, theirs: JSON.stringify(labelled(1, 'safe')) });
    expect(new LabelOutbox(async () => undefined, shelf(kept)).snapshot().waiting).toEqual([]);
  });

  it('lasts as long as the page where the browser keeps nothing', async () => {
    const none = browserShelf('one', () => {
      throw new DOMException('denied', 'SecurityError');
    });
    const outbox = new LabelOutbox(async () => undefined, none);
    outbox.put(labelled(1, 'safe'));
    await settled();
    expect(outbox.snapshot()).toMatchObject({ waiting: [], error: undefined });
  });
});
