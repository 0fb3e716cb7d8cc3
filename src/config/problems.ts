import { z } from 'zod';
import { plainText } from '../plain-text.ts';
import { type ConfigurationProblem, formatPath } from './configuration-error.ts';
import { didYouMean, nearest } from './nearest.ts';
import { redactSecrets } from './secrets.ts';

type Issue = z.core.$ZodIssue;

/**
 * Says what zod found in plain words: what is wrong, what was given, what is expected.
 *
 * @param issues the issues, made with `reportInput`
 * @param schema the schema that was checked, for the keys known at each place
 */
export function problemsOf(issues: readonly Issue[], schema: z.core.$ZodType): ConfigurationProblem[] {
  const problems = issues.flatMap((issue) => problemsOfIssue(issue, [], schema));
  // `baseUrl` for `baseURL` is one mistake, not an unknown key and a missing one.
  const meant = new Set(
    problems.flatMap(({ code, path }) => {
      if (code !== 'CONFIG_UNKNOWN_KEY') return [];
      const place = path.slice(0, -1);
      const name = nearest(String(path.at(-1)), keysAt(schema, place));
      return name === undefined ? [] : [formatPath([...place, name])];
    }),
  );
  return problems.filter((problem) => !isMissing(problem) || !meant.has(formatPath(problem.path)));
}

/** Whether the problem is a key that is not there. */
export function isMissing({ code, message }: ConfigurationProblem): boolean {
  return code === 'CONFIG_INVALID' && message.startsWith('is missing;');
}

function problemsOfIssue(
  issue: Issue,
  outer: readonly PropertyKey[],
  schema: z.core.$ZodType,
): ConfigurationProblem[] {
  const path = [...outer, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path);
    return issue.keys.map((key) => ({
      code: 'CONFIG_UNKNOWN_KEY',
      path: [...path, key],
      message: `unknown key; ${didYouMean(key, known)}`,
    }));
  }
  if (issue.code === 'invalid_union') {
    const branch = fittingBranch(issue.errors, issue.input);
    if (branch !== undefined) return branch.flatMap((inner) => problemsOfIssue(inner, path, schema));
    return [invalid(path, `${given(issue.input)}; expected ${alternatives(issue.errors)}`)];
  }
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
    return issue.issues.flatMap((inner) => problemsOfIssue(inner, path, schema));
  }
  return [invalid(path, wordsFor(issue))];
}

function invalid(path: readonly PropertyKey[], message: string): ConfigurationProblem {
  return { code: 'CONFIG_INVALID', path, message };
}

/** The branch of a union that the value was meant for: the one that takes its type. */
function fittingBranch(
  branches: readonly (readonly Issue[])[],
  input: unknown,
): readonly Issue[] | undefined {
  const fitting = branches.filter((branch) =>
    branch.every(
      (issue) =>
        issue.path.length > 0 ||
        issue.code === 'unrecognized_keys' ||
        (issue.code === 'invalid_value' && typeof input === 'string') ||
        (issue.code === 'too_small' && typeof input === 'string') ||
        issue.code === 'too_big',
    ),
  );
  return fitting.toSorted((a, b) => a.length - b.length)[0];
}

function alternatives(branches: readonly (readonly Issue[])[]): string {
  const names = branches.flatMap(([issue]) => {
    if (issue?.code === 'invalid_type') return [typeName(issue.expected)];
    return issue?.code === 'invalid_value' ? [issue.values.map(String).join(', ')] : [];
  });
  return [...new Set(names)].join(' or ');
}

function wordsFor(issue: Exclude<Issue, { code: 'unrecognized_keys' | 'invalid_union' }>): string {
  switch (issue.code) {
    case 'invalid_type':
      return wordsForType(issue.expected, issue.input);
    case 'invalid_value': {
      const values = issue.values.map(String);
      if (issue.input === undefined) return `is missing; expected one of: ${values.join(', ')}`;
      return `${given(issue.input)}; ${didYouMean(plainText(issue.input).slice(0, 60), values)}`;
    }
    case 'too_small':
      return wordsForTooSmall(issue);
    case 'too_big':
      return `${given(issue.input)} is too ${issue.origin === 'string' || issue.origin === 'array' ? 'long' : 'large'}; expected at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'invalid_format':
      if (issue.format === 'url') {
        return `${given(issue.input)} is no URL; expected one that begins with http:// or https://`;
      }
      return `${given(issue.input)}; expected ${issue.message}`;
    default:
      return `${given(issue.input)}: ${issue.message}`;
  }
}

function wordsForType(expected: string, input: unknown): string {
  const wanted = typeName(expected);
  if (input === undefined) return `is missing; expected ${wanted}`;
  if (input === null) return `has no value; expected ${wanted} (or leave the key out)`;
  if (expected === 'int' && typeof input === 'number') return `${input} is no whole number`;
  if (
    (expected === 'number' || expected === 'int') &&
    typeof input === 'string' &&
    /^-?[\d.]+$/.test(input)
  ) {
    return `${given(input)} is text; expected ${wanted} (leave out the quotes)`;
  }
  return `${given(input)}; expected ${wanted}`;
}

function wordsForTooSmall(issue: z.core.$ZodIssueTooSmall): string {
  const { origin, minimum, inclusive } = issue;
  if (origin === 'string') return 'is empty; expected text';
  if (origin === 'array') return 'is an empty list; expected at least one entry';
  const bound = inclusive === false ? `more than ${minimum}` : `at least ${minimum}`;
  return `${given(issue.input)} is too small; expected ${bound}`;
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}

function typeName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'keys and values',
    record: 'keys and values',
  };
  return names[expected] ?? expected;
}

/**
 * Shows a value in an error message: short, on one line, without secrets.
 *
 * @param value what the user wrote
 */
export function given(value: unknown): string {
  if (typeof value === 'string') {
    const text = redactSecrets(value);
    return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
  }
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value === undefined) return 'nothing';
  if (value === null) return 'no value';
  if (typeof value === 'object') return 'keys and values';
  return typeof value === 'function' ? 'a function' : plainText(value);
}

/** The keys that the schema knows at a path; of a union, those of all its objects. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const [key, ...rest] = path;
  return objectsIn(schema).flatMap((object) => {
    if (object instanceof z.ZodArray) {
      return typeof key === 'number' ? keysAt(object.element, rest) : [];
    }
    if (key === undefined) return Object.keys(object.shape).filter((name) => name !== '$schema');
    const inner: z.core.$ZodType | undefined = object.shape[String(key)];
    return inner === undefined ? [] : keysAt(inner, rest);
  });
}

/** The objects and lists under defaults, optionals and unions. */
function objectsIn(schema: z.core.$ZodType): (z.ZodObject | z.ZodArray)[] {
  if (schema instanceof z.ZodObject || schema instanceof z.ZodArray) return [schema];
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return objectsIn(schema.unwrap());
  return schema instanceof z.ZodUnion ? schema.options.flatMap((option) => objectsIn(option)) : [];
}
