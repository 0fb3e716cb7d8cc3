/** What XML 1.0 has no place for, not even escaped; and what makes text read as another. */
const NOT_XML =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g;

/**
 * An element of XML.
 *
 * @param attributes in that order
 * @param content text, which is escaped, or elements, which are not
 */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: string | readonly string[] = [],
): string {
  const head = [
    name,
    ...Object.entries(attributes).map(([key, value]) => `${key}="${escapeAttribute(String(value))}"`),
  ].join(' ');
  if (content.length === 0) return `<${head}/>`;
  if (typeof content === 'string') return `<${head}>${escapeXml(content)}</${name}>`;
  return `<${head}>\n${content.join('\n').replace(/^(?= *<)/gm, '  ')}\n</${name}>`;
}

/** A whole document. */
export function xmlDocument(root: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}

/** Text as the content of an element: nothing in it can begin or end one. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(NOT_XML, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}

/** Text as the value of an attribute; ends of lines and tabs are kept. */
function escapeAttribute(text: string): string {
  return escapeXml(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}
