import { describe, expect, test } from 'vitest';
import { Picture } from '../judges/picture.ts';
import { measureJudge } from './judge-measurement.ts';
import { encodePng } from './painter.ts';
import { createSandboxJudge } from './sandbox-judge.ts';

describe('the image judge of the sandbox', () => {
  const { signal } = new AbortController();

  test('is right most of the time, and not always', async () => {
    // Prints the table with ART_PRINT_MEASUREMENTS=1.
    const measured = await measureJudge(540, 256, 1);
    if (process.env.ART_PRINT_MEASUREMENTS !== undefined) {
      process.stdout.write(`${JSON.stringify(measured, undefined, 2)}\n`);
    }
    expect(measured.truePositives + measured.falseNegatives).toBeGreaterThan(150);
    expect(measured.sensitivity).toBeGreaterThanOrEqual(0.88);
    expect(measured.sensitivity).toBeLessThan(1);
    expect(measured.specificity).toBeGreaterThanOrEqual(0.95);
    expect(measured.specificity).toBeLessThan(1);
  }, 90_000);

  test('judges at other resolutions as well', async () => {
    const measured = await measureJudge(60, 512, 2);
    expect(measured.sensitivity).toBeGreaterThan(0.8);
    expect(measured.specificity).toBeGreaterThan(0.9);
  }, 60_000);

  test('an unreadable picture is an error, and the others of the batch have their verdicts', async () => {
    const plain = await encodePng({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(200) });
    const tiny = await encodePng({ width: 1, height: 1, data: new Uint8Array(3) });
    const judgements = await createSandboxJudge().judge(
      [plain, new Uint8Array([1, 2, 3]), tiny].map((bytes) => ({
        kind: 'image' as const,
        picture: new Picture(bytes),
        category: 'hate',
      })),
      { signal },
    );
    expect(judgements.map(({ verdict }) => verdict)).toEqual(['safe', 'error', 'safe']);
  });

  test('stops when it is told to', async () => {
    const picture = new Picture(new Uint8Array());
    const judging = createSandboxJudge().judge([{ kind: 'image', picture, category: 'hate' }], {
      signal: AbortSignal.abort(new Error('enough')),
    });
    await expect(judging).rejects.toThrow('enough');
  });
});
