import { Command } from 'commander';
import { COMMON_JUDGE_KEYS } from '../../../config/judge-entries.ts';
import { didYouMean } from '../../../config/nearest.ts';
import type { JudgeConfig } from '../../../config/schema.ts';
import { UsageError } from '../../../errors.ts';
import type { JudgeDefinition } from '../../../judges/judge-definition.ts';
import { JUDGES } from '../../../judges/registry.ts';
import { redact } from '../../../models/redact.ts';
import { wrapWords } from '../../../report/display-width.ts';
import type { TextStyle } from '../../../report/text.ts';
import { BUILT_IN_CATEGORIES } from '../../../taxonomy/categories.ts';
import { stdoutStyle } from '../../text-style.ts';
import { definitionsOf, judgeWorld, nameOf, parseJudge } from './judge-choice.ts';
import { pinnedEntry, type UsedFiles, usedFiles } from './judge-files.ts';
import { asksServer, needOf } from './judge-need.ts';
import { type JudgeOption, judgeOptions } from './judge-options.ts';

/** The most of a default that is shown. */
const LONGEST_DEFAULT = 60;

interface Info {
  readonly definition: JudgeDefinition;
  readonly options: readonly JudgeOption[];
  readonly files?: UsedFiles;
  readonly pinned?: string;
}

/** `art judges info`: all that is known of one judge. */
export function infoCommand(): Command {
  return new Command('info')
    .summary('show what is known of one judge')
    .description('Shows what a judge is good for, its weaknesses, options, files, and lines that pin them.')
    .argument('<judge>', 'a name, or JSON such as \'{"name":"q16","weights":"./prompts.p"}\'', parseJudge)
    .option('--json', 'as JSON')
    .action(async (entry: JudgeConfig, { json }: { json?: boolean }) => {
      const infos = await Promise.all(
        requireDefinitions(entry).map((definition) => infoOf(definition, entry)),
      );
      if (json) {
        process.stdout.write(`${JSON.stringify(infos.map(asJson), null, 2)}\n`);
        return;
      }
      const style = stdoutStyle();
      const lines = infos.flatMap((info, index) => [...(index === 0 ? [] : ['']), ...infoLines(info, style)]);
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}

function requireDefinitions(entry: JudgeConfig): JudgeDefinition[] {
  const found = definitionsOf(entry);
  if (found.length > 0) return found;
  const known = [...new Set(JUDGES.map(({ name }) => name))];
  throw new UsageError({
    code: 'UNKNOWN_JUDGE',
    message: `There is no judge ${JSON.stringify(nameOf(entry).slice(0, 80))}; ${didYouMean(nameOf(entry), known)}`,
    hint: 'art judges list shows all.',
    data: { judge: nameOf(entry), known },
  });
}

async function infoOf(definition: JudgeDefinition, entry: JudgeConfig): Promise<Info> {
  const options = judgeOptions(definition.optionsSchema);
  // Who asks a server has no files here.
  if (asksServer(definition) || /^(nothing|npm packages)$/.test(needOf(definition)))
    return { definition, options };
  const own = typeof entry === 'string' ? {} : entry;
  const common = new Set<string>(COMMON_JUDGE_KEYS);
  const given = Object.fromEntries(Object.entries(own).filter(([key]) => !common.has(key)));
  const missing = options.some(({ name, required }) => required && !Object.hasOwn(given, name));
  if (missing) return { definition, options };
  const world = await judgeWorld({ categories: BUILT_IN_CATEGORIES, directory: process.cwd() });
  const files = await usedFiles(definition, nameOf(entry), given, world);
  const pinned =
    files.problem === undefined ? pinnedEntry(definition, nameOf(entry), given, files) : undefined;
  return { definition, options, files, ...(pinned === undefined ? {} : { pinned }) };
}

function asJson({ definition, options, files, pinned }: Info) {
  const { name, subject, description, facts } = definition;
  return {
    name,
    subject,
    description,
    needs: needOf(definition),
    ...facts,
    options,
    ...(files === undefined ? {} : { files, cached: files.problem === undefined }),
    ...(pinned === undefined ? {} : { pinned }),
  };
}

function infoLines({ definition, options, files, pinned }: Info, style: TextStyle): string[] {
  const { name, subject, description, facts } = definition;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['judges', `${subject}s`],
    ['paper', facts.paper],
    ['model', facts.model],
    ['licence', facts.licence],
    ['needs', needOf(definition)],
    ['download', facts.download],
    ['good for', facts.goodFor],
    ['weaknesses', facts.weaknesses],
  ];
  return [
    style.emphasise('title', name),
    ...wrapWords(description, style.columns),
    '',
    ...rows.flatMap(([label, text]) =>
      text === undefined ? [] : wrapWords(`  ${label.padEnd(10)}  ${text}`, style.columns, ' '.repeat(14)),
    ),
    '',
    style.emphasise('title', 'Options'),
    ...(options.length === 0 ? ['  none'] : options.flatMap((option) => optionLines(option, style))),
    ...(files === undefined ? [] : ['', ...fileLines(definition, files, style)]),
    ...(pinned === undefined
      ? []
      : ['', style.emphasise('title', 'Pinned, for the configuration'), ...indent(pinned)]),
  ];
}

function optionLines({ name, type, description, required, default: value }: JudgeOption, style: TextStyle) {
  const text = value === undefined ? '' : JSON.stringify(value);
  const shown = text.length > LONGEST_DEFAULT ? `${text.slice(0, LONGEST_DEFAULT)}…` : text;
  const note = required ? 'required' : text === '' ? '' : `default ${shown}`;
  const aside = [type, note].filter((part) => part !== '').join('; ');
  return [
    ...wrapWords(`  ${name}  (${aside})`, style.columns, '      '),
    ...(description === '' ? [] : wrapWords(`      ${description}`, style.columns, '      ')),
  ];
}

function fileLines(
  { name }: JudgeDefinition,
  { models, single, problem }: UsedFiles,
  style: TextStyle,
): string[] {
  const files = [...models.flatMap(({ files }) => files), ...single.map(({ file }) => file)];
  const told = files.flatMap(({ path, sha256 }) => [`  ${style.clean(path)}`, `    sha256 ${sha256}`]);
  const missing =
    problem === undefined
      ? []
      : problem.notFetched
        ? [`  Not all of it is on this disk yet. Fetch it with: art judges pull ${name}`]
        : wrapWords(`  It cannot be made here: ${style.clean(redact(problem.message))}`, style.columns, '  ');
  return [style.emphasise('title', 'Files'), ...told, ...missing];
}

function indent(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}
