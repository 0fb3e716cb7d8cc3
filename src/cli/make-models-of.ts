import { type CampaignModels, makeModels } from '../campaign/make-models.ts';
import type { Config } from '../config/schema.ts';
import type { EmbeddingCache } from '../judges/runtime/embedding-cache.ts';
import { modelServices } from '../models/model-services.ts';
import { stderrDownloads } from './download-display.ts';
import type { CommonOptions } from './options.ts';

/**
 * Makes what a configuration names, and shows on stderr which weights are fetched meanwhile.
 *
 * @param directory the folder that the files of the configuration are relative to
 * @param embeddings where judges remember what they make of images; default: in memory
 * @throws as {@link makeModels}
 */
export async function makeModelsOf(
  config: Config,
  directory: string,
  options: CommonOptions,
  embeddings?: EmbeddingCache,
): Promise<CampaignModels> {
  const downloads = stderrDownloads(options);
  try {
    return await makeModels(config, {
      ...(await modelServices(directory)),
      embeddings,
      onDownload: (progress) => downloads.update(progress),
    });
  } finally {
    downloads.close();
  }
}
