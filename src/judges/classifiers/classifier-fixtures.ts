import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contentHash } from '../../store/content-hash.ts';
import type { JudgeCall, PromptSubject } from '../judge.ts';
import type { ModelFile, ModelFiles, ModelSource, WeightStore } from '../weights/model-files.ts';
import { WeightsError } from '../weights/weights-error.ts';

/** For tests: a folder under test/fixtures. */
export const fixturePath = (path: string): string =>
  fileURLToPath(new URL(`../../../test/fixtures/${path}`, import.meta.url));

/** For tests: what PyTorch computed, as tools/fixtures wrote it down. */
export function readExpected<Shape>(name: string, check: (json: unknown) => Shape): Shape {
  return check(JSON.parse(readFileSync(fixturePath(`expected/${name}.json`), 'utf8')));
}

/** For tests: a store that knows some models by name, each a folder; and what it was asked for. */
export function folderStore(models: Readonly<Record<string, string>>) {
  const opened: ModelSource[] = [];
  const store: WeightStore = {
    async open(source, neededBy) {
      opened.push(source);
      const folder = models[source.model];
      if (folder === undefined)
        throw new WeightsError({ code: 'MODEL_NOT_FOUND', message: `${neededBy}: no ${source.model}` });
      return filesOf(source, folder);
    },
    async single() {
      throw new Error('no single files here');
    },
  };
  return { store, opened };
}

function filesOf(source: ModelSource, folder: string): ModelFiles {
  const read = (name: string): ModelFile => {
    const path = join(folder, name);
    const sha256 = contentHash(readFileSync(path));
    const pin = source.sha256?.[name];
    if (pin !== undefined && pin !== sha256)
      throw new WeightsError({ code: 'WEIGHTS_DAMAGED', message: `${name} is not ${pin}` });
    return { name, path, sha256 };
  };
  return {
    source,
    revision: 'local',
    async file(name) {
      if (existsSync(join(folder, name))) return read(name);
      throw new WeightsError({ code: 'MODEL_FILE_NOT_FOUND', message: `${source.model} has no ${name}` });
    },
    async firstOf(names) {
      const name = names.find((candidate) => existsSync(join(folder, candidate)));
      return name === undefined ? undefined : read(name);
    },
  };
}

/** For tests: a call that is never broken off. */
export const aCall: JudgeCall = { signal: new AbortController().signal };

/** For tests: a prompt as a judge gets it. */
export const aPrompt = (text: string): PromptSubject => ({ kind: 'prompt', text, category: 'violence' });
