import { checkPin, expectedOf, mismatchOf } from './check-file.ts';
import { type Download, download } from './download.ts';
import { type Asking, damaged, missingFile, offline, writingTo } from './failures.ts';
import { type CachedModel, cachedModel } from './hub-cache.ts';
import type { HubClient, HubListing } from './hub-client.ts';
import type { HubSettings } from './hub-settings.ts';
import type { ModelFile, ModelFiles, ModelSource, RepoKind } from './model-files.ts';
import { checkFileName, isRepoId, isRevision } from './names.ts';
import type { VerifiedFiles } from './verified-files.ts';
import type { Web } from './web.ts';
import { WeightsError } from './weights-error.ts';

/** What models, or datasets, from the Hub stand on. */
export interface HubTools {
  readonly kind: RepoKind;
  readonly web: Web;
  readonly settings: HubSettings;
  readonly client: HubClient;
  readonly verified: VerifiedFiles;
  readonly onDownload: Download['onDownload'];
  /** Whether branches and tags are asked for anew although the cache knows them. */
  readonly update: boolean;
  /** What the Hub has said in this process, by repository and revision. */
  readonly listings: Map<string, Promise<HubListing>>;
}

/**
 * Opens a model of the Hub. A branch that the cache knows stays at the commit that it had at first use, so
 * that results do not change behind anybody's back; nothing is asked over the network then.
 *
 * @throws WeightsError
 */
export async function openHubModel(
  source: ModelSource,
  neededBy: string,
  tools: HubTools,
): Promise<ModelFiles> {
  const repo = source.model;
  const revision = source.revision ?? 'main';
  checkNames(repo, revision, neededBy, tools.kind);
  const cache = cachedModel(tools.settings.hubCache, repo, tools.settings.symlinks, tools.kind);
  const commit = await commitOf(repo, revision, neededBy, cache, tools);
  return hubFiles({ source, revision, repo, commit, neededBy }, cache, tools);
}

interface OpenModel {
  readonly source: ModelSource;
  /** As the user wrote it, for messages. */
  readonly revision: string;
  readonly repo: string;
  readonly commit: string;
  readonly neededBy: string;
}

function checkNames(repo: string, revision: string, neededBy: string, what: RepoKind): void {
  if (isRepoId(repo) && isRevision(revision)) return;
  const [wrong, kind] = isRepoId(repo) ? [revision, 'revision'] : [repo, `${what} on the Hub`];
  throw new WeightsError({
    code: what === 'dataset' ? 'DATASET_NOT_FOUND' : 'MODEL_NOT_FOUND',
    message: `${neededBy} names ${JSON.stringify(wrong.slice(0, 100))}, which cannot be the name of a ${kind}.`,
    hint: `A ${what} is written org/repo; a folder begins with ./ or ../ or is a full path.`,
    data: { model: repo.slice(0, 200), revision: revision.slice(0, 200) },
  });
}

async function commitOf(
  repo: string,
  revision: string,
  neededBy: string,
  cache: CachedModel,
  tools: HubTools,
): Promise<string> {
  const known = await cache.commitOf(revision);
  if (known !== undefined && (known === revision || !tools.update || tools.settings.offline)) return known;
  const { commit } = await listing(repo, revision, neededBy, tools);
  await cache.keepCommit(revision, commit);
  return commit;
}

function askingOf(tools: HubTools, repo: string, revision: string, neededBy: string, file?: string): Asking {
  const { client } = tools;
  return {
    neededBy,
    what: file === undefined ? repo : `${repo}/${file}`,
    host: client.host,
    hub: {
      kind: tools.kind,
      repo,
      revision,
      page: client.pageOf(repo),
      hasToken: client.hasToken,
      ...(file === undefined ? {} : { file }),
    },
  };
}

/** One request a process, whoever asks. */
function listing(repo: string, revision: string, neededBy: string, tools: HubTools): Promise<HubListing> {
  const asking = askingOf(tools, repo, revision, neededBy);
  if (tools.settings.offline) return Promise.reject(offline(asking));
  const key = `${repo}@${revision}`;
  const asked = tools.listings.get(key) ?? tools.client.list(repo, revision, asking);
  tools.listings.set(key, asked);
  asked.then(
    (found) => tools.listings.set(`${repo}@${found.commit}`, asked),
    // Whoever asks next tries again.
    () => tools.listings.delete(key),
  );
  return asked;
}

function hubFiles(model: OpenModel, cache: CachedModel, tools: HubTools): ModelFiles {
  const { source, repo, commit, neededBy } = model;
  const asking = (file: string) => askingOf(tools, repo, model.revision, neededBy, file);

  const cached = async (name: string): Promise<ModelFile | undefined> => {
    const found = await cache.find(commit, name);
    if (found === undefined) return undefined;
    const wrong =
      found.etag === undefined ? undefined : await mismatchOf(found.path, found.etag, tools.verified);
    if (wrong !== undefined) {
      await writingTo(found.path, () => cache.remove(commit, name));
      throw damaged(`${repo}/${name}`, {
        ...wrong,
        asker: neededBy,
        hint: tools.settings.offline
          ? 'The damaged copy was removed from the cache: fetch it again on a machine with network.'
          : 'The damaged copy was removed from the cache: run the same command again to fetch it anew.',
      });
    }
    return finish(name, found.path);
  };

  const finish = async (name: string, path: string): Promise<ModelFile> => {
    const sha256 = await tools.verified.sha256Of(path);
    checkPin(source.sha256?.[name], sha256, { what: `${repo}/${name}`, neededBy });
    return { name, path, sha256 };
  };

  const fetched = async (name: string): Promise<ModelFile> => {
    const facts = await tools.client.facts(repo, commit, name, asking(name));
    const expected = expectedOf(facts.etag);
    // Known before a byte has come.
    if (expected.sha256 !== undefined) {
      checkPin(source.sha256?.[name], expected.sha256, { what: `${repo}/${name}`, neededBy });
    }
    const target = cache.blobPath(facts.etag);
    const isThere = async () => (await tools.verified.sizeOf(target)) !== undefined;
    const sha256 = (await isThere())
      ? undefined
      : await download(
          tools.web,
          {
            url: tools.client.addressOf(repo, commit, name),
            token: tools.client.token,
            asking: asking(name),
            target,
            lockFolder: cache.lockFolder(facts.etag),
            expected: { ...expected, bytes: facts.bytes },
            contentNamed: true,
            onDownload: tools.onDownload,
          },
          isThere,
        );
    if (sha256 !== undefined) await tools.verified.remember(target, sha256);
    await writingTo(target, () => cache.place(facts.etag, commit, name));
    const placed = await cached(name);
    if (placed === undefined) throw new Error(`${target} is gone again`);
    return placed;
  };

  const file = async (name: string): Promise<ModelFile> => {
    checkFileName(name, repo, neededBy);
    const found = await cached(name);
    if (found !== undefined) return found;
    // One that failed says nothing of the file.
    const listed = await tools.listings.get(`${repo}@${commit}`)?.catch(() => undefined);
    const lacks = (listed !== undefined && !listed.files.has(name)) || (await cache.lacks(commit, name));
    if (lacks)
      throw missingFile(
        name,
        { model: repo, neededBy, kind: tools.kind },
        [...(listed?.files ?? [])],
        model.revision,
      );
    if (tools.settings.offline) throw offline(asking(name));
    return fetched(name);
  };

  return {
    source,
    revision: commit,
    file,
    async firstOf(names) {
      let unknown: unknown;
      for (const name of names) {
        checkFileName(name, repo, neededBy);
        const found = await cached(name);
        if (found !== undefined) return found;
        if (unknown !== undefined || (await cache.lacks(commit, name))) continue;
        try {
          const { files } = await listing(repo, commit, neededBy, tools);
          if (files.has(name)) return await file(name);
          await cache.keepLack(commit, name);
        } catch (error) {
          // Without the network a later one that is in the cache is better than none.
          if (!isNoNetwork(error)) throw error;
          unknown = error;
        }
      }
      if (unknown !== undefined) throw unknown;
      return undefined;
    },
  };
}

function isNoNetwork(error: unknown): boolean {
  return error instanceof WeightsError && (error.code === 'HUB_OFFLINE' || error.code === 'HUB_UNREACHABLE');
}
