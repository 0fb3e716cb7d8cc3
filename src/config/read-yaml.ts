import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { ConfigurationError, type ConfigurationProblem } from './configuration-error.ts';
import { redactSecrets } from './secrets.ts';

/** A place in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML file that has been read, and where its keys stand. */
export interface YamlConfig {
  readonly value: unknown;
  /** Where a key stands, or the nearest key around it that the file does hold. */
  locate(path: readonly PropertyKey[]): Position | undefined;
}

/**
 * Reads YAML 1.2 (and so JSON, with comments and trailing commas).
 *
 * @param text the file's text
 * @param file the file's name in messages
 * @throws {@link ConfigurationError} `CONFIG_SYNTAX` with line and column of every error, duplicate keys among them
 */
export function readYaml(text: string, file: string): YamlConfig {
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  // Pretty errors quote the source, and with it whatever secret stands there.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    logLevel: 'error',
  });
  const syntax = (message: string, offset: number): ConfigurationProblem => {
    const place = position(offset);
    return {
      code: 'CONFIG_SYNTAX',
      path: [],
      message: `${redactSecrets(message)} (column ${place.column})`,
      ...place,
    };
  };

  const [first, ...others] = [...document.errors, ...document.warnings].map((error) =>
    syntax(wordsFor(error.code, error.message), error.pos[0]),
  );
  if (first !== undefined) throw new ConfigurationError({ problems: [first, ...others.slice(0, 9)], file });

  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    // Too many aliases, or one of an anchor that does not exist.
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError({ problems: [syntax(message, 0)], file });
  }
  return {
    value,
    locate(path) {
      const offset = offsetOf(document.contents, path);
      return offset === undefined ? undefined : position(offset);
    },
  };
}

function wordsFor(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key stands twice in the same place; keep one';
  if (code === 'TAB_AS_INDENT') return 'a tab indents this line; use spaces';
  if (code === 'MULTIPLE_DOCS') return 'the file holds several documents (---); keep one';
  return message;
}

function offsetOf(root: Node | null, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = root;
  let offset: number | undefined;
  for (const key of path) {
    let child: unknown;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key,
      );
      if (pair === undefined) break;
      offset = isNode(pair.key) ? pair.key.range?.[0] : offset;
      child = pair.value;
    } else if (isSeq(node) && typeof key === 'number') {
      child = node.items[key];
      if (!isNode(child)) break;
      offset = child.range?.[0] ?? offset;
    } else break;
    node = child;
  }
  return offset;
}
