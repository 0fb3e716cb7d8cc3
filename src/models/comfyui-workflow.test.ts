import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadWorkflow, parseWorkflow } from './comfyui-workflow.ts';

function workflow(inputs: object): string {
  return JSON.stringify({
    '3': { class_type: 'KSampler', inputs },
    '9': { class_type: 'SaveImage', inputs: {} },
  });
}

describe('a workflow', () => {
  it('keeps the types of whole values, fills longer strings and leaves links alone', () => {
    const { fill } = parseWorkflow(
      workflow({
        text: 'photo of {{prompt}}, {{ steps | 20 }} steps',
        seed: '{{seed}}',
        size: ['{{width}}', 0],
        model: ['4', 0],
      }),
      'w.json',
    );
    expect(fill({ prompt: 'a "cat" {{seed}}', seed: 7, width: 512 })['3']?.inputs).toEqual({
      text: 'photo of a "cat" {{seed}}, 20 steps',
      seed: 7,
      size: [512, 0],
      model: ['4', 0],
    });
  });

  it('uses defaults, typed, and an empty negative prompt', () => {
    const { fill } = parseWorkflow(
      workflow({
        a: '{{prompt}}',
        seed: '{{seed}}',
        cfg: '{{guidance|7.5}}',
        s: '{{sampler|euler}}',
        n: '{{negativePrompt}}',
      }),
      'w.json',
    );
    expect(fill({ prompt: 'p', seed: 1 })['3']?.inputs).toMatchObject({ cfg: 7.5, s: 'euler', n: '' });
    expect(fill({ prompt: 'p', seed: 1, guidance: 3 })['3']?.inputs.cfg).toBe(3);
  });

  it('says which value is missing', () => {
    const { fill } = parseWorkflow(
      workflow({ a: '{{prompt}}', seed: '{{seed}}', steps: '{{steps}}' }),
      'w.json',
    );
    expect(() => fill({ prompt: 'p', seed: 1 })).toThrow(/w.json asks for {{steps}} in node 3 \(KSampler\)/);
  });

  it.each([
    ['no JSON', '{', /is not JSON/],
    ['the format of the editor', '{"nodes":[],"links":[]}', /not in API format/],
    ['something else', '{"a":1}', /no workflow in API format/],
    ['an empty one', '{}', /no workflow in API format/],
    ['no prompt', workflow({ seed: '{{seed}}' }), /has no {{prompt}}/],
    ['no seed', workflow({ text: '{{prompt}}' }), /has no {{seed}}/],
    [
      'an unknown placeholder',
      workflow({ text: '{{prompt}}', seed: '{{sed}}' }),
      /unknown placeholder {{sed}} in node 3/,
    ],
  ])('is refused: %s', (_, text, says) => {
    expect(() => parseWorkflow(text, 'w.json')).toThrow(says);
  });

  it('is read relative to the configuration', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'art-workflow-'));
    await writeFile(join(folder, 'w.json'), workflow({ text: '{{prompt}}', seed: '{{seed}}' }));
    expect([...(await loadWorkflow('w.json', folder)).placeholders]).toEqual(['prompt', 'seed']);
    await expect(loadWorkflow('none.json', folder)).rejects.toMatchObject({
      code: 'WORKFLOW_NOT_READABLE',
      exitCode: 2,
    });
  });
});
