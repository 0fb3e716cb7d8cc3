/**
 * Where well-known providers put the pictures that their answers name, and their other API hosts. A provider that is not
 * listed sends its pictures within its answers, or from where it is asked.
 *
 * Sources: docs.bfl.ai, "Integration guidelines" (delivery-eu1, delivery-us1; polling at api.<region>); fal.ai/docs, "fal CDN"
 * (v3 and v3b.fal.media); replicate.com/docs, "Output files" (replicate.delivery and its subdomains); Luma's, read off
 * answers of its API.
 */
export const DELIVERY_HOSTS: Readonly<Record<string, readonly string[]>> = {
  'black-forest-labs': ['*.bfl.ai'],
  fal: ['fal.media', '*.fal.media'],
  luma: ['*.cdn-luma.com'],
  replicate: ['replicate.delivery', '*.replicate.delivery'],
};

/**
 * Whether a URL's host is among those that are named. Without a port, the usual port of its protocol is meant.
 *
 * @param url http(s)
 * @param patterns as `target.imageHosts` has them: a name, `*.` before it for those below it, `:` and a port
 */
export function isAtHost(url: URL, patterns: readonly string[]): boolean {
  // A name with a dot at its end is the same host.
  const host = url.hostname.replace(/\.$/, '');
  return patterns.some((pattern) => {
    const [name = '', port = ''] = pattern.toLowerCase().split(':');
    const usual = url.protocol === 'https:' ? '443' : '80';
    if ((url.port || usual) !== (port || usual)) return false;
    return name.startsWith('*.') ? host.endsWith(name.slice(1)) && host.length >= name.length : host === name;
  });
}
