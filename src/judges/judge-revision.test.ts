import { expect, it } from 'vitest';
import { judgeRevision } from './judge-revision.ts';

it('is short, follows from every part, and not from the order of keys', () => {
  const one = judgeRevision({ kind: 'q16', weights: ['ab'], threshold: 0.5, labels: { safe: ['a'] } });
  expect(one).toMatch(/^[0-9a-f]{16}$/);
  expect(judgeRevision({ labels: { safe: ['a'] }, threshold: 0.5, weights: ['ab'], kind: 'q16' })).toBe(one);
  expect(judgeRevision({ kind: 'q16', weights: ['ab'], threshold: 0.4, labels: { safe: ['a'] } })).not.toBe(
    one,
  );
  expect(judgeRevision({ kind: 'q16', revision: undefined })).toBe(judgeRevision({ kind: 'q16' }));
});
