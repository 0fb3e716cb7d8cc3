import { archives } from './boundaries/archives.ts';
import { configuration } from './boundaries/configuration.ts';
import { datasetFolders } from './boundaries/dataset-folders.ts';
import { runSocket, viewApi, workerStatus } from './boundaries/http-api.ts';
import { judgeAnswers } from './boundaries/judge-answers.ts';
import { labelFiles } from './boundaries/labels.ts';
import { modelAnswers } from './boundaries/model-answers.ts';
import { comfyuiAnswers, pictureAnswers } from './boundaries/picture-answers.ts';
import { pictures } from './boundaries/pictures.ts';
import { promptFiles } from './boundaries/prompt-files.ts';
import { publishedResults } from './boundaries/published-results.ts';
import { hubAnswers, weightFiles } from './boundaries/weight-files.ts';
import type { Boundary } from './boundary.ts';

/** Every place at which something comes in from outside: a new one is a file and a line here. */
export const BOUNDARIES: readonly Boundary[] = [
  configuration,
  promptFiles,
  datasetFolders,
  publishedResults,
  labelFiles,
  archives,
  modelAnswers,
  pictureAnswers,
  comfyuiAnswers,
  judgeAnswers,
  weightFiles,
  hubAnswers,
  pictures,
  viewApi,
  runSocket,
  workerStatus,
];
