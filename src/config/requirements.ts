import { BUILT_IN_CATEGORIES } from '../taxonomy/categories.ts';
import type { ConfigurationProblem } from './configuration-error.ts';
import { didYouMean } from './nearest.ts';
import { isOwnJudge } from './own-objects.ts';
import { isPlainObject } from './presets.ts';
import { given } from './problems.ts';

/** The names that a configuration may use; a list left out is not checked. */
export interface KnownNames {
  /** Providers of models. */
  readonly knownProviders?: readonly string[];
  readonly knownJudges?: { readonly prompt: readonly string[]; readonly image: readonly string[] };
  readonly knownStrategies?: readonly string[];
}

/** Providers that are a server of the user's own: there is no address to fall back to. */
const NEEDS_BASE_URL = ['openai-compatible', 'automatic1111', 'comfyui'];
/** Providers that have a model without being told which. */
const NEEDS_NO_MODEL = ['sandbox', 'automatic1111', 'comfyui'];
/** Providers that only draw. */
const DRAWS_ONLY = ['automatic1111', 'comfyui', 'black-forest-labs'];

const BASE_URL_EXAMPLES: Readonly<Record<string, string>> = {
  automatic1111: 'http://127.0.0.1:7860',
  comfyui: 'http://127.0.0.1:8188',
};

/**
 * What the schema cannot say: names that must be known, keys that a provider needs, entries that
 * clash. Takes settings that may be wrong in other ways and leaves what is not there to the schema.
 *
 * @param settings the configuration after its preset
 * @param known the names that may be used
 * @param env the environment that `apiKeyEnv` and `passwordEnv` look into
 */
export function checkRequirements(
  settings: Readonly<Record<string, unknown>>,
  known: KnownNames,
  env: Readonly<Record<string, string | undefined>>,
): ConfigurationProblem[] {
  const roles = ['target', 'writer', 'guide'].flatMap((role) => {
    const endpoint = settings[role];
    return isPlainObject(endpoint) ? checkModel(role, endpoint, known.knownProviders) : [];
  });
  const judges = isPlainObject(settings.judges) ? settings.judges : {};
  return [
    ...roles,
    ...checkJudges(judges, known),
    ...checkVerdict(judges),
    ...checkStrategy(settings.strategy, known.knownStrategies),
    ...checkCategories(settings.categories),
    ...checkEnvironment(settings, [], env),
  ];
}

function invalid(path: readonly PropertyKey[], message: string): ConfigurationProblem {
  return { code: 'CONFIG_INVALID', path, message };
}

function unknownName(path: readonly PropertyKey[], kind: string, name: string, known: readonly string[]) {
  return invalid(path, `no ${kind} is called ${given(name)}; ${didYouMean(name, known)}`);
}

function checkModel(
  role: string,
  endpoint: Readonly<Record<string, unknown>>,
  knownProviders: readonly string[] | undefined,
): ConfigurationProblem[] {
  const { provider } = endpoint;
  if (typeof provider !== 'string' || provider === '') return [];
  if (knownProviders !== undefined && !knownProviders.includes(provider)) {
    return [unknownName([role, 'provider'], 'provider', provider, knownProviders)];
  }
  const problems: ConfigurationProblem[] = [];
  const missing = (key: string, what: string) => {
    if (endpoint[key] === undefined)
      problems.push(invalid([role, key], `is missing; ${provider} needs ${what}`));
  };
  if (role !== 'target' && DRAWS_ONLY.includes(provider)) {
    problems.push(
      invalid(
        [role, 'provider'],
        `${provider} only draws; the ${role} needs a language model, e.g. openai-compatible`,
      ),
    );
    return problems;
  }
  if (NEEDS_BASE_URL.includes(provider)) {
    missing(
      'baseURL',
      `the address of the server, e.g. ${BASE_URL_EXAMPLES[provider] ?? 'http://127.0.0.1:8000/v1'}`,
    );
  }
  if (!NEEDS_NO_MODEL.includes(provider)) missing('model', 'the name of a model');
  if (role === 'target') {
    if (provider === 'comfyui') missing('workflow', 'a workflow file exported in API format');
    else if (endpoint.workflow !== undefined) {
      problems.push(
        invalid([role, 'workflow'], `only comfyui takes a workflow, not ${provider}; leave it out`),
      );
    }
  }
  return problems;
}

function checkJudges(
  judges: Readonly<Record<string, unknown>>,
  { knownJudges }: KnownNames,
): ConfigurationProblem[] {
  return (['prompt', 'image'] as const).flatMap((subject) => {
    const list: unknown = judges[subject];
    if (!Array.isArray(list)) return [];
    const seen = new Set<string>();
    return list.flatMap((entry: unknown, index): ConfigurationProblem[] => {
      const path = ['judges', subject, index];
      const name = nameOf(entry);
      if (name === undefined) return [];
      if (seen.has(name))
        return [invalid(path, `${given(name)} stands twice in this list; give each judge one entry`)];
      seen.add(name);
      if (isOwnJudge(entry)) return checkOwnJudge(entry, subject, path);
      if (knownJudges === undefined || knownJudges[subject].includes(name))
        return checkRemoteJudge(entry, path);
      const other = subject === 'prompt' ? 'image' : 'prompt';
      if (knownJudges[other].includes(name)) {
        return [invalid(path, `${name} judges ${other}s; put it under judges.${other}`)];
      }
      return [unknownName(path, `judge of ${subject}s`, name, knownJudges[subject])];
    });
  });
}

function checkOwnJudge(
  judge: { readonly subject: unknown; readonly batchSize: unknown },
  subject: 'prompt' | 'image',
  path: readonly PropertyKey[],
): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  if (judge.subject !== subject) {
    problems.push(
      invalid([...path, 'subject'], `${given(judge.subject)}; expected "${subject}" in this list`),
    );
  }
  if (!Number.isSafeInteger(judge.batchSize) || Number(judge.batchSize) < 1) {
    problems.push(
      invalid([...path, 'batchSize'], `${given(judge.batchSize)}; expected a whole number of at least 1`),
    );
  }
  return problems;
}

function checkRemoteJudge(entry: unknown, path: readonly PropertyKey[]): ConfigurationProblem[] {
  if (!isPlainObject(entry) || entry.provider !== 'openai-compatible' || entry.baseURL !== undefined)
    return [];
  return [invalid([...path, 'baseURL'], 'is missing; openai-compatible needs the address of the server')];
}

function checkVerdict(judges: Readonly<Record<string, unknown>>): ConfigurationProblem[] {
  const atLeast = isPlainObject(judges.verdict) ? judges.verdict.atLeast : undefined;
  if (typeof atLeast !== 'number') return [];
  return ['prompt', 'image'].flatMap((subject) => {
    const list: unknown = judges[subject];
    if (!Array.isArray(list) || list.length === 0 || list.length >= atLeast) return [];
    const path = ['judges', 'verdict', 'atLeast'];
    return [invalid(path, `${atLeast} judges must agree, but judges.${subject} lists only ${list.length}`)];
  });
}

function checkStrategy(strategy: unknown, known: readonly string[] | undefined): ConfigurationProblem[] {
  const name = nameOf(strategy);
  const own = isPlainObject(strategy)
    ? typeof strategy.converse === 'function'
    : typeof strategy !== 'string';
  if (name === undefined || known === undefined || own || known.includes(name)) return [];
  return [unknownName(['strategy'], 'strategy', name, known)];
}

function checkCategories(categories: unknown): ConfigurationProblem[] {
  if (!Array.isArray(categories)) return [];
  const builtIn = BUILT_IN_CATEGORIES.map(({ name }) => name);
  const seen = new Set<string>();
  return categories.flatMap((entry: unknown, index) => {
    const path = ['categories', index];
    const name = nameOf(entry);
    if (name === undefined) return [];
    const key = name.toLowerCase();
    if (seen.has(key)) return [invalid(path, `${given(name)} stands twice in this list`)];
    seen.add(key);
    if (typeof entry !== 'string' || builtIn.includes(name)) return [];
    const problem = unknownName(path, 'built-in category', name, builtIn);
    return [{ ...problem, message: `${problem.message} A category of your own is { name, keywords }.` }];
  });
}

function nameOf(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry === '' ? undefined : entry;
  if (typeof entry !== 'object' || entry === null || !('name' in entry)) return undefined;
  return typeof entry.name === 'string' && entry.name !== '' ? entry.name : undefined;
}

/** Every `apiKeyEnv` and `passwordEnv`, of judges too, must name a variable that is set. */
function checkEnvironment(
  value: unknown,
  path: readonly PropertyKey[],
  env: Readonly<Record<string, string | undefined>>,
): ConfigurationProblem[] {
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) => checkEnvironment(item, [...path, index], env));
  if (!isPlainObject(value) || path.length > 3) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const here = [...path, key];
    if (key !== 'apiKeyEnv' && key !== 'passwordEnv') return checkEnvironment(item, here, env);
    if (typeof item !== 'string' || !/^[A-Za-z_]\w*$/.test(item) || (env[item] ?? '') !== '') return [];
    return [
      {
        code: 'CONFIG_MISSING_ENVIRONMENT' as const,
        path: here,
        message: `the environment variable ${item} is not set; set it, e.g. export ${item}=…`,
      },
    ];
  });
}
