import { z } from 'zod';
import { withAttempts } from './attempts.ts';
import { type Asking, badAnswer, failureOfNetwork, failureOfStatus } from './failures.ts';
import type { RepoKind } from './model-files.ts';
import { COMMIT } from './names.ts';
import { ask, startWatchdog, type Watchdog, type Web, type WebAnswer, type WebRequest } from './web.ts';

/** What the Hub says of a model or dataset at a revision. */
export interface HubListing {
  readonly commit: string;
  /** The paths of its files. */
  readonly files: ReadonlySet<string>;
}

/** What the Hub says of a file before it is fetched. */
export interface HubFileFacts {
  /** The SHA-256 of a large file, git's SHA-1 of a small one; as the cache names its blob. */
  readonly etag: string;
  readonly bytes: number | undefined;
}

/** One Hub, or a mirror of it. */
export interface HubClient {
  readonly host: string;
  readonly hasToken: boolean;
  readonly token: string | undefined;
  /** @throws WeightsError */
  list(repo: string, revision: string, asking: Asking): Promise<HubListing>;
  /** @throws WeightsError */
  facts(repo: string, commit: string, file: string, asking: Asking): Promise<HubFileFacts>;
  /** Where a file is fetched from. */
  addressOf(repo: string, commit: string, file: string): URL;
  /** The page of the model or dataset, for people. */
  pageOf(repo: string): string;
}

const listingSchema = z.object({
  sha: z.string().regex(COMMIT),
  siblings: z.array(z.object({ rfilename: z.string() })).default([]),
});

/** A model with very many files has a listing of some megabytes. */
const MOST_LISTING_CHARACTERS = 20_000_000;

/**
 * Speaks the Hub's protocol: `GET /api/models/…/revision/…` (or `/api/datasets/…`) for a commit and its files, `HEAD …/resolve/…`
 * for what a file is, from the headers `X-Linked-ETag`, `X-Linked-Size` and `ETag`.
 *
 * @param endpoint without a slash at the end
 * @param kind whether its repositories are models or datasets, which have addresses of their own
 */
export function createHubClient(
  web: Web,
  endpoint: string,
  token: string | undefined,
  kind: RepoKind = 'model',
): HubClient {
  const pages = kind === 'dataset' ? `${endpoint}/datasets` : endpoint;
  const addressOf = (repo: string, commit: string, file: string) =>
    new URL(`${pages}/${repo}/resolve/${encodeURIComponent(commit)}/${encodePath(file)}`);

  const send = <T>(
    request: Pick<WebRequest, 'url' | 'method' | 'asking' | 'stopAt'>,
    read: (answer: WebAnswer, watchdog: Watchdog) => Promise<T> | T,
  ): Promise<T> =>
    withAttempts(web.sleep, async () => {
      const watchdog = startWatchdog(web.stallMs);
      try {
        const answer = await ask(web, { ...request, token, signal: watchdog.signal });
        try {
          const { response, url } = answer;
          const stopped = request.stopAt?.(response) === true;
          if (!response.ok && !stopped) throw failureOfStatus(response, url, request.asking, web.now());
          return await read(answer, watchdog);
        } finally {
          if (!answer.response.bodyUsed) await answer.response.body?.cancel();
        }
      } finally {
        watchdog.stop();
      }
    });

  return {
    host: new URL(endpoint).host,
    hasToken: token !== undefined,
    token,
    addressOf,
    pageOf: (repo) => `${pages}/${repo}`,
    list(repo, revision, asking) {
      const url = new URL(`${endpoint}/api/${kind}s/${repo}/revision/${encodeURIComponent(revision)}`);
      return send({ url, method: 'GET', asking }, async ({ response, url: from }, watchdog) => {
        const text = await readText(response, watchdog, from, asking);
        const listing = listingSchema.safeParse(parseJson(text));
        if (!listing.success) throw badAnswer(wrongListing(text), from, asking);
        const { sha, siblings } = listing.data;
        return { commit: sha, files: new Set(siblings.map(({ rfilename }) => rfilename)) };
      });
    },
    facts(repo, commit, file, asking) {
      const url = addressOf(repo, commit, file);
      // The redirect to the storage server tells all; without a token there is nothing to ask there.
      const stopAt = (redirect: Response) => redirect.headers.has('x-linked-etag');
      return send({ url, method: 'HEAD', asking, stopAt }, ({ response, url: from, headers }) => {
        const first = (name: string) =>
          headers.map((one) => one.get(name)).find((value) => value !== null) ?? undefined;
        const etag = bareEtag(first('x-linked-etag') ?? response.headers.get('etag') ?? '');
        // It becomes the name of a file.
        if (!/^[\w-][\w.-]{0,127}$/.test(etag)) {
          throw badAnswer(
            'does not answer like a Hub: it does not say which content the file has',
            from,
            asking,
          );
        }
        const length =
          first('x-linked-size') ?? (response.ok ? response.headers.get('content-length') : null);
        const bytes = typeof length === 'string' && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
        return { etag, bytes };
      });
    },
  };
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function bareEtag(etag: string): string {
  return etag.replace(/^W\//, '').replaceAll('"', '');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told apart by the caller: what matters is that it is no listing.
    return undefined;
  }
}

function wrongListing(text: string): string {
  return text.trimStart().startsWith('<')
    ? 'answers with a web page instead of a list of files'
    : 'does not answer like a Hub: its list of files makes no sense';
}

async function readText(response: Response, watchdog: Watchdog, from: URL, asking: Asking): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  if (response.body === null) return text;
  const chunks = response.body[Symbol.asyncIterator]();
  for (;;) {
    const next = await chunks.next().catch((error: unknown) => {
      throw failureOfNetwork(error, from, asking);
    });
    if (next.done === true) return text + decoder.decode();
    watchdog.feed();
    text += decoder.decode(next.value, { stream: true });
    if (text.length > MOST_LISTING_CHARACTERS)
      throw badAnswer('sends an endless list of files', from, asking);
  }
}
