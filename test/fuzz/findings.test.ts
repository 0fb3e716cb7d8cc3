import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { validateConfig } from '../../src/config/validate-config.ts';
import { checkDataset } from '../../src/datasets/check/check-dataset.ts';
import { readPromptSet } from '../../src/datasets/prompt-sets/read-prompt-set.ts';
import { judgeServices } from '../../src/judges/judge-fixtures.ts';
import { createHttpService, httpShape } from '../../src/judges/remote/http.ts';
import { checkFileName } from '../../src/judges/weights/names.ts';
import { parseWorkflow } from '../../src/models/comfyui-workflow.ts';
import { KNOWN_NAMES } from '../../src/red-team.ts';
import { startHttpServer } from '../servers/http-server.ts';
import { temporaryFolder } from '../support/folders.ts';
import { closing } from '../support/servers.ts';

/** What the corpus has found before, each of it put right: a case of each. */
const DEEP = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;

function check(input: unknown): unknown {
  return validateConfig(input, { ...KNOWN_NAMES, env: {} });
}

describe('what the fuzz corpus has found', () => {
  it('a configuration within itself, or too deep, is refused before it is walked through', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const judges of [JSON.parse(DEEP), circle])
      expect(() => check({ preset: 'sandbox', judges })).toThrow('too deeply');
  });

  it('a value of a configuration that cannot be made a text is an object, no crash', () => {
    const evaluate = JSON.parse('{ "toString": 1, "valueOf": 2 }');
    expect(() => check({ preset: 'sandbox', evaluate })).toThrow('evaluate');
  });

  it('a key of a configuration that is a page long is shown shortened', () => {
    const error: unknown = (() => {
      try {
        return check({ preset: 'sandbox', ['k'.repeat(70_000)]: { x: 1 } });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: 'CONFIG_UNKNOWN_KEY' });
    expect(String(error).length).toBeLessThan(1_000);
  });

  it('a prompt of a list that cannot be made a text is read as one that says so', async () => {
    const file = join(
      temporaryFolder({ 'a.jsonl': '{"prompt": {"toString": 1}, "category": "hate"}' }),
      'a.jsonl',
    );
    const { prompts } = await readPromptSet(file, { categories: ['hate'] });
    expect(prompts).toEqual([{ prompt: '[object]', category: 'hate' }]);
  });

  it('a dataset that names a device or somebody’s file is told of, without a word of what is in it', async () => {
    const folder = temporaryFolder({ 'private.txt': 'a word that nobody else should read' });
    mkdirSync(join(folder, 'set'));
    const rows = ['/dev/zero', '../private.txt'].map((image, index) => ({
      id: String(index),
      prompt: `a kite ${index}`,
      image,
      categories: ['violence'],
    }));
    const file = join(folder, 'set', 'meta.jsonl');
    writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
    const found = await checkDataset([file], { images: true });
    expect(found.rows).toBe(2);
    expect(JSON.stringify(found.problems)).not.toContain('nobody else');
    expect(
      found.problems.filter(({ what }) => what.startsWith('pictures')).map(({ count }) => count),
    ).toEqual([1, 1]);
  });

  it('a workflow, and an answer of a judge’s server, that is too deep is refused', async () => {
    expect(() => parseWorkflow(`{"1": {"class_type": "a", "inputs": {"x": ${DEEP}}}}`, 'w.json')).toThrow(
      'deeply',
    );
    const server = await closing(startHttpServer(() => ({ body: Buffer.from(`{"score": ${DEEP}}`) })));
    const options = z.strictObject(httpShape).parse({ url: server.url, scorePath: '$.score' });
    const service = await createHttpService(options, { text: '{{text}}' }, ['text'], judgeServices());
    const call = { signal: new AbortController().signal, report: () => undefined };
    await expect(service.ask({ text: 'a kite' }, call)).rejects.toMatchObject({ code: 'BAD_ANSWER' });
  });

  it('a file of a model whose name is half a character is no file', () => {
    expect(() => checkFileName('a\ud800.onnx', 'org/model', 'the test')).toThrow('no name of a file');
  });
});
