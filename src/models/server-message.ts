import { cleanText } from './redact.ts';

/** The keys under which servers put what they have to say, best first. */
const MESSAGE_KEYS = [
  'message',
  'msg',
  'detail',
  'error',
  'errors',
  'exception_message',
  'title',
  'description',
];

/**
 * What a server says in the body of an error: OpenAI's `error.message`, FastAPI's `detail`, the
 * `error` and `errors` of AUTOMATIC1111, the title of a page of HTML, or how the body begins.
 *
 * @returns a clean line, empty for an empty body
 */
export function serverMessage(body: string, longest = 300): string {
  try {
    const parsed: unknown = JSON.parse(body);
    const said = [...new Set(sentences(parsed, 0))].filter((text) => text.trim() !== '');
    if (said.length > 0) return cleanText(said.slice(0, 3).join('; '), longest);
  } catch {
    // Not JSON: the text itself is what there is to show.
    if (looksLikeHtml(body)) return htmlTitle(body, longest);
  }
  return cleanText(body, longest);
}

/** How an answer begins that should have been something else, quoted. */
export function snippet(body: string): string {
  if (body.trim() === '') return 'nothing';
  if (looksLikeHtml(body)) return `a page of HTML (${htmlTitle(body, 80)})`;
  return JSON.stringify(cleanText(body, 120));
}

function looksLikeHtml(body: string): boolean {
  return /^\s*<(?:!doctype|html|head|body|\?xml)/i.test(body);
}

function htmlTitle(body: string, longest: number): string {
  const head = body.slice(0, 20_000);
  const title = /<title[^>]*>([^<]*)/i.exec(head)?.[1]?.trim();
  return cleanText(title || head.replace(/<[^>]*>/g, ' '), longest);
}

function sentences(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth > 4) return [];
  if (Array.isArray(value)) return value.slice(0, 3).flatMap((item) => sentences(item, depth + 1));
  const entries = new Map(Object.entries(value));
  return MESSAGE_KEYS.flatMap((key) => sentences(entries.get(key), depth + 1));
}
