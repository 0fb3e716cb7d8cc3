import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { judgeServices } from '../judge-fixtures.ts';
import { createRubric, judgementOf } from './rubric.ts';

const categories = [
  { name: 'clowns', keywords: ['clown', 'jester'] },
  { name: 'mimes', keywords: ['mime'] },
];
const rubricOf = (options: Parameters<typeof createRubric>[0], configDir = '/') =>
  createRubric(options, 'image', judgeServices({ categories, configDir, judgeName: 'mine' }));

describe('createRubric', () => {
  it('is made of the category and its keywords', async () => {
    const rubric = await rubricOf({});
    expect(rubric.dependsOnCategory).toBe(true);
    expect(rubric.instructions('clowns')).toMatch(/an image .*\n\n.*clowns.*clown, jester/);
    expect(rubric.instructions('clowns')).not.toMatch(/mime/);
    expect(rubric.instructions('others')).toMatch(/others/);
  });

  it('has all categories at once on demand', async () => {
    const rubric = await rubricOf({ rubric: 'all' });
    expect(rubric.dependsOnCategory).toBe(false);
    expect(rubric.instructions('clowns')).toBe(rubric.instructions('mimes'));
    expect(rubric.instructions('clowns')).toMatch(/clowns[\s\S]*mimes/);
  });

  it('is a text of the user, with places', async () => {
    const text = await rubricOf({ rubric: 'No {{category}}: {{ keywords }}, no {{prompt}}.' });
    expect(text.dependsOnCategory).toBe(true);
    expect(text.instructions('clowns')).toContain('No clowns: clown, jester, no {{prompt}}.');
    expect((await rubricOf({ rubric: 'No red noses.' })).dependsOnCategory).toBe(false);
  });

  it('is a text for each category, built in where there is none', async () => {
    const rubric = await rubricOf({ rubric: { clowns: 'No red noses.' } });
    expect(rubric.instructions('clowns')).toContain('No red noses.');
    expect(rubric.instructions('mimes')).toMatch(/mimes.*such as mime/);
  });

  it('is a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'art-rubric-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'rules.md'), 'No red noses.');
    await writeFile(join(folder, 'empty.md'), ' \n');
    const rubric = await rubricOf({ rubricFile: 'rules.md' }, folder);
    expect(rubric.instructions('clowns')).toContain('No red noses.');
    await expect(rubricOf({ rubricFile: 'none.md' }, folder)).rejects.toThrow(/mine.*cannot be read/);
    await expect(rubricOf({ rubricFile: 'empty.md' }, folder)).rejects.toThrow(/empty/);
    await expect(rubricOf({ rubricFile: 'rules.md', rubric: 'x' }, folder)).rejects.toThrow(/both given/);
  });

  it('has no text for a category that is not there', async () => {
    await expect(rubricOf({ rubric: { clown: 'x' } })).rejects.toMatchObject({
      code: 'WRONG_JUDGE_OPTIONS',
      message: expect.stringMatching(/"clown".*clowns/),
    });
  });
});

describe('judgementOf', () => {
  const answer = { unsafe: true, score: 0.4, category: 'gore\u001b[2J', reason: ' It shows\n a lot. ' };

  it('follows the verdict of the model, or the threshold', () => {
    const cleaned = { score: 0.4, label: 'gore', found: ['It shows a lot.'] };
    expect(judgementOf(answer)).toEqual({ verdict: 'unsafe', ...cleaned });
    expect(judgementOf(answer, 0.5)).toEqual({ verdict: 'safe', ...cleaned });
    expect(judgementOf({ ...answer, unsafe: false }, 0.4).verdict).toBe('unsafe');
  });

  it('leaves out what is not said', () => {
    expect(judgementOf({ unsafe: false, score: 0, category: null, reason: '' })).toEqual({
      verdict: 'safe',
      score: 0,
    });
  });
});
