import { BUILT_IN_CATEGORIES } from '../taxonomy/categories.ts';
import { checkSweep } from './check-sweep.ts';
import type { ConfigurationProblem } from './configuration-error.ts';
import { judgeTypeOf } from './judge-entries.ts';
import { didYouMean } from './nearest.ts';
import { isOwnJudge } from './own-objects.ts';
import { isPlainObject } from './presets.ts';
import { given } from './problems.ts';
import { DEFAULT_PROMPT_JUDGES, verdictRulesSchema } from './schema.ts';
import { verdictProblems } from './verdict-rules.ts';

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

/** Providers that have nothing to embed texts with. */
const NO_EMBEDDINGS = ['sandbox', ...DRAWS_ONLY];

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
    ...checkVerdict(judges, settings.categories),
    ...checkStrategy(settings.strategy, known.knownStrategies),
    ...checkCategories(settings.categories),
    ...checkSweep(settings),
    ...checkEmbedder(settings.embedder, known.knownProviders),
    ...checkEnvironment(settings, [], env),
  ];
}

/**
 * The same for judges that are added to a campaign: there is nothing else to look at.
 *
 * @param judges the entries, by subject
 */
export function checkAddedJudges(
  judges: { readonly prompt: readonly unknown[]; readonly image: readonly unknown[] },
  known: KnownNames,
  env: Readonly<Record<string, string | undefined>>,
): ConfigurationProblem[] {
  return [...checkJudges({ ...judges }, known), ...checkEnvironment({ ...judges }, ['judges'], env)];
}

/** The same for an embedder that comes alone. */
export function checkAddedEmbedder(
  embedder: unknown,
  known: KnownNames,
  env: Readonly<Record<string, string | undefined>>,
): ConfigurationProblem[] {
  return [...checkEmbedder(embedder, known.knownProviders), ...checkEnvironment({ embedder }, [], env)];
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
  if (role === 'embedder' && NO_EMBEDDINGS.includes(provider)) {
    const others = 'minilm runs in process, openai-compatible at a server';
    return [invalid([role, 'provider'], `${provider} has no embedding models; ${others}`)];
  }
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

function checkEmbedder(
  embedder: unknown,
  knownProviders: readonly string[] | undefined,
): ConfigurationProblem[] {
  return isPlainObject(embedder) ? checkModel('embedder', embedder, knownProviders) : [];
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
      if (knownJudges === undefined) return checkRemoteJudge(entry, path);
      return checkJudgeType(entry, name, subject, path, knownJudges);
    });
  });
}

/** Whether an entry names a judge, or tells by its keys what kind of judge it is. */
function checkJudgeType(
  entry: unknown,
  name: string,
  subject: 'prompt' | 'image',
  path: readonly PropertyKey[],
  knownJudges: NonNullable<KnownNames['knownJudges']>,
): ConfigurationProblem[] {
  const known = knownJudges[subject];
  const elsewhere = knownJudges[subject === 'prompt' ? 'image' : 'prompt'];
  const type = judgeTypeOf(entry, subject, known);
  if (type !== undefined && known.includes(type)) return checkRemoteJudge(entry, path);
  const wanted = isPlainObject(entry) ? entry.type : undefined;
  const other = subject === 'prompt' ? 'images' : 'prompts';
  if (typeof wanted === 'string') {
    if (!elsewhere.includes(wanted)) {
      return [unknownName([...path, 'type'], `judge of ${subject}s`, wanted, known)];
    }
    const there = `judges.${other.slice(0, -1)}`;
    return [invalid([...path, 'type'], `${wanted} judges ${other}; put it under ${there}`)];
  }
  if (elsewhere.includes(name)) {
    return [invalid(path, `${name} judges ${other}; put it under judges.${other.slice(0, -1)}`)];
  }
  if (type !== undefined) return [];
  const aside = 'one of your own needs a model, a provider or a url';
  return [
    invalid(path, `no judge of ${subject}s is called ${given(name)} (${aside}); ${didYouMean(name, known)}`),
  ];
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

/** Rules that could never be met, and categories that nobody judges. */
function checkVerdict(
  judges: Readonly<Record<string, unknown>>,
  categories: unknown,
): ConfigurationProblem[] {
  const rules = verdictRulesSchema.optional().safeParse(judges.verdict);
  const listed = (list: unknown) =>
    (Array.isArray(list) ? list : []).flatMap((entry: unknown) => {
      const name = nameOf(entry);
      return name === undefined ? [] : [{ name, categories: categoriesOf(entry) }];
    });
  const names = Array.isArray(categories)
    ? categories.flatMap((entry: unknown) => nameOf(entry) ?? [])
    : BUILT_IN_CATEGORIES.map(({ name }) => name);
  return verdictProblems(
    rules.success ? rules.data : undefined,
    { prompt: listed(judges.prompt ?? DEFAULT_PROMPT_JUDGES), image: listed(judges.image) },
    names,
  ).map(({ path, message }) => invalid(['judges', ...path], message));
}

function categoriesOf(entry: unknown): string[] | undefined {
  if (typeof entry !== 'object' || entry === null || !('categories' in entry)) return undefined;
  const { categories } = entry;
  return Array.isArray(categories) ? categories.filter((name) => typeof name === 'string') : undefined;
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
