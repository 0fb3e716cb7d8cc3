/** Where the app is, as the address after `#` tells it. */
export interface Route {
  /** The path's parts, decoded: `#/conversations/self-harm/2` gives `['conversations', 'self-harm', '2']`. */
  readonly segments: readonly string[];
  /** What stands behind `?`: the campaign and a page's own state, such as filters. */
  readonly params: URLSearchParams;
}

/** Reads the part of an address from `#` on; whatever it is, something sensible comes out. */
export function parseHash(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const segments = path.split('/').filter((part) => part !== '');
  return { segments: segments.map(decoded), params: new URLSearchParams(query) };
}

/**
 * The address of a page of the app.
 *
 * @param segments - the path's parts, not yet encoded
 * @param params - what is `undefined` or empty is left out
 */
export function hashHref(
  segments: readonly (string | number)[],
  params: Readonly<Record<string, string | number | undefined>> | URLSearchParams = {},
): string {
  const query = new URLSearchParams();
  const entries = params instanceof URLSearchParams ? params.entries() : Object.entries(params);
  for (const [key, value] of entries) {
    if (value !== undefined && value !== '') query.append(key, String(value));
  }
  const search = query.toString();
  return `#/${segments.map((part) => encodeURIComponent(part)).join('/')}${search === '' ? '' : `?${search}`}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    // A broken escape in a typed address is shown as it stands; the page then says that there is no such thing.
    if (error instanceof URIError) return part;
    throw error;
  }
}
