import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import {
  type Answer,
  type Cut,
  type RecordedRequest,
  type RunningServer,
  type ServerOptions,
  startHttpServer,
} from './http-server.ts';

/** How {@link startHub} behaves. */
export interface HubOptions extends ServerOptions {
  /** Serves large files from a second host (another port), as the real Hub does, and not by itself. */
  readonly storage?: boolean;
  /** Models that want a token: without it they are gated (401), with another they are closed (403). */
  readonly gated?: readonly string[];
  /** The token that gated models want. */
  readonly token?: string;
  /** Tags and branches beside `main`, all at the same commit. */
  readonly revisions?: readonly string[];
  /** Stops an answer with a file's bytes early; a number is after how many bytes the connection ends. */
  readonly cut?: (path: string, range: string | undefined) => Cut | number | undefined;
  /** Says `Connection: close` with the bytes of files, as simple servers do. */
  readonly closing?: boolean;
  /** Does not say how long files are. */
  readonly unsized?: boolean;
  /** Answers `Range` with the whole file. */
  readonly ignoreRange?: boolean;
  /** The files whose bytes are not those that were announced. */
  readonly wrongBytes?: (file: string) => boolean;
  /** Leaves the Hub's own headers out, as a plain web server does. */
  readonly plain?: boolean;
}

/** A Hub that runs. */
export interface RunningHub extends RunningServer {
  /** Where large files come from, with `storage`. */
  readonly storage: RunningServer | undefined;
  /** The commit that `main` of a model stands at now. */
  commitOf(repo: string): string;
  /** Requests for the bytes of files, from wherever they come. */
  downloads(): RecordedRequest[];
}

interface HubFile {
  readonly path: string;
  readonly bytes: Buffer;
  /** Kept as the real Hub keeps large and binary files. */
  readonly large: boolean;
  readonly etag: string;
}

/**
 * Starts a Hugging Face Hub on the loopback that serves folders as models, and under `/datasets/` as datasets: the listing of a model, `resolve`
 * with the Hub's headers and redirects, ranges. Python's huggingface_hub can download from it
 * (`HF_ENDPOINT`). The folders are read at each request, and the commit follows from what is in them.
 *
 * @param repos folders by `org/repo`, of datasets by `datasets/org/repo`
 */
export async function startHub(
  repos: Readonly<Record<string, string>>,
  options: HubOptions = {},
): Promise<RunningHub> {
  const storage =
    options.storage === true ? await startHttpServer((request) => giveLarge(request)) : undefined;

  const filesOf = (repo: string) => readFolder(repos[repo] ?? '');
  const giveLarge = (request: RecordedRequest): Answer => {
    const sha256 = request.path.split('/').at(-1);
    const files = Object.keys(repos).flatMap(filesOf);
    const file = files.find(({ large, etag }) => large && etag === sha256);
    return file === undefined ? { status: 404 } : giveBytes(request, file, options, {});
  };

  const handle = (request: RecordedRequest): Answer => {
    if (request.path.startsWith('/storage/')) return giveLarge(request);
    const wanted = parsePath(request.path);
    if (wanted === undefined) return { status: 404, body: { error: 'Not Found' } };
    const { repo, revision, kind, file } = wanted;
    const refused = refusal(request, repo, repos, options);
    if (refused !== undefined) return refused;
    const files = filesOf(repo);
    const commit = commitOfFiles(files);
    if (![commit, 'main', ...(options.revisions ?? [])].includes(revision)) {
      return hubError(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    }
    if (kind === 'listing') return { body: listing(repo, commit, files) };
    if (kind === 'tree') return { body: files.map(treeEntry) };
    const found = files.find(({ path }) => path === file);
    if (found === undefined) {
      const answer = hubError(404, 'EntryNotFound', 'Entry not found');
      return { ...answer, headers: { ...answer.headers, 'x-repo-commit': commit } };
    }
    if (options.plain === true) return giveBytes(request, found, options, {});
    if (!found.large) {
      return giveBytes(request, found, options, { 'x-repo-commit': commit, etag: `"${found.etag}"` });
    }
    return {
      status: 302,
      headers: {
        'x-repo-commit': commit,
        'x-linked-etag': `"${found.etag}"`,
        'x-linked-size': String(found.bytes.byteLength),
        location: `${storage?.url ?? ''}/storage/${found.etag}?signature=a-secret`,
      },
      body: 'Found. Redirecting',
    };
  };

  const server = await startHttpServer(handle, options);
  const downloads = () =>
    [...server.requests, ...(storage?.requests ?? [])].filter(
      ({ method, path }) => method === 'GET' && !path.startsWith('/api/'),
    );
  return {
    ...server,
    storage,
    commitOf: (repo) => commitOfFiles(filesOf(repo)),
    downloads,
    close: async () => {
      await Promise.all([server.close(), storage?.close()]);
    },
  };
}

function readFolder(folder: string): HubFile[] {
  if (folder === '') return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((full) => {
      const path = relative(folder, full).split(sep).join('/');
      const bytes = readFileSync(full);
      const large = /\.(?:onnx|safetensors|bin|pt|p|h5|msgpack)$/.test(path) || bytes.byteLength > 10_000_000;
      const etag = large
        ? createHash('sha256').update(bytes).digest('hex')
        : createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
      return { path, bytes, large, etag };
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function commitOfFiles(files: readonly HubFile[]): string {
  const tree = files.map(({ path, etag }) => `${path} ${etag}`).join('\n');
  return createHash('sha1').update(tree).digest('hex');
}

function parsePath(
  path: string,
): { repo: string; revision: string; kind: 'listing' | 'tree' | 'file'; file: string } | undefined {
  const api = /^\/api\/(?:models|datasets)\/([^/]+(?:\/[^/]+)?)\/(revision|tree)\/([^/]+)$/.exec(path);
  const file = /^\/(?:datasets\/)?([^/]+(?:\/[^/]+)?)\/resolve\/([^/]+)\/(.+)$/.exec(path);
  const [, repo, what, revision] = api ?? [undefined, file?.[1], 'file', file?.[2]];
  if (repo === undefined || revision === undefined) return undefined;
  const kind = what === 'revision' ? 'listing' : what === 'tree' ? 'tree' : 'file';
  return { repo, kind, revision: decodeURIComponent(revision), file: decodeURIComponent(file?.[3] ?? '') };
}

function refusal(
  { headers }: RecordedRequest,
  repo: string,
  repos: Readonly<Record<string, string>>,
  { gated = [], token }: HubOptions,
): Answer | undefined {
  const given = headers.authorization;
  if (repos[repo] === undefined) {
    // As the real one does: whoever has no token is not told whether there is a private model.
    return hubError(given === undefined ? 401 : 404, 'RepoNotFound', 'Repository not found');
  }
  if (!gated.includes(repo) || (token !== undefined && given === `Bearer ${token}`)) return undefined;
  return hubError(given === undefined ? 401 : 403, 'GatedRepo', `Access to model ${repo} is restricted.`);
}

function hubError(status: number, code: string, message: string): Answer {
  return { status, headers: { 'x-error-code': code, 'x-error-message': message }, body: { error: message } };
}

function listing(repo: string, commit: string, files: readonly HubFile[]) {
  return {
    _id: '0',
    id: repo,
    modelId: repo,
    sha: commit,
    private: false,
    gated: false,
    disabled: false,
    downloads: 0,
    likes: 0,
    tags: [],
    siblings: files.map(({ path }) => ({ rfilename: path })),
  };
}

function treeEntry({ path, bytes, large, etag }: HubFile) {
  const size = bytes.byteLength;
  return {
    type: 'file',
    path,
    size,
    oid: large ? '0'.repeat(40) : etag,
    ...(large ? { lfs: { oid: etag, size, pointerSize: 134 } } : {}),
  };
}

function giveBytes(
  { headers: asked, path }: RecordedRequest,
  file: HubFile,
  { cut, closing, unsized, ignoreRange, wrongBytes }: HubOptions,
  headers: Readonly<Record<string, string>>,
): Answer {
  const range = typeof asked.range === 'string' ? asked.range : undefined;
  const [, from] = (ignoreRange === true ? null : /^bytes=(\d+)-$/.exec(range ?? '')) ?? [];
  const start = Number(from ?? 0);
  const size = file.bytes.byteLength;
  if (start > 0 && start >= size) return { status: 416, headers: { 'content-range': `bytes */${size}` } };
  const right = file.bytes.subarray(start);
  const bytes = wrongBytes?.(file.path) === true ? right.map((byte) => byte ^ 1) : right;
  const stop = cut?.(path, range);
  const whole = {
    'content-type': 'application/octet-stream',
    ...(unsized === true ? { 'transfer-encoding': 'chunked' } : {}),
    ...(closing === true ? { connection: 'close' } : {}),
    'accept-ranges': 'bytes',
    etag: `"${createHash('md5').update(file.bytes).digest('hex')}"`,
    ...(from === undefined ? {} : { 'content-range': `bytes ${start}-${size - 1}/${size}` }),
    ...headers,
  };
  const status = from === undefined ? 200 : 206;
  return {
    status,
    headers: whole,
    body: bytes,
    ...(stop === undefined ? {} : { cut: typeof stop === 'number' ? { after: stop, by: 'end' } : stop }),
  };
}
