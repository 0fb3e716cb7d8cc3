import { BUILT_IN_CATEGORIES } from '../taxonomy/categories.ts';
import type { JudgeServices } from './judge-definition.ts';
import { createJudgeRuntime } from './runtime/onnx-runtime.ts';
import { createWeightStore } from './weights/weight-store.ts';

/** For tests: what the making of a judge needs, all of it real, with no environment; any part can be replaced. */
export function judgeServices(parts: Partial<JudgeServices> = {}): JudgeServices {
  const world = { categories: BUILT_IN_CATEGORIES, env: {}, fetch, configDir: '/', ...parts };
  return {
    judgeName: 'a-judge',
    weights: createWeightStore(world),
    runtime: createJudgeRuntime(world.configDir),
    ...world,
  };
}
