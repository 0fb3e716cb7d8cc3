import { dirname } from 'node:path';
import { recordedJudge } from '../config/describe-config.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { isOwnJudge } from '../config/own-objects.ts';
import type { KnownNames } from '../config/requirements.ts';
import { judgeSchema } from '../config/schema.ts';
import { validateJudges } from '../config/validate-judges.ts';
import { UsageError } from '../errors.ts';
import type { SubjectKind } from '../judges/judge.ts';
import type { JudgesConfig } from '../judges/registry.ts';
import { plainText } from '../plain-text.ts';
import type { countJudged } from '../store/added-judges.ts';
import type { AddedJudgeRow, CampaignRow } from '../store/schema.ts';
import { differences, isOwnCode } from './resume-config.ts';

/** A judge as it is to be made. */
export type JudgeEntry = JudgesConfig['prompt'][number] | JudgesConfig['image'][number];

/** A judge that is to judge what is stored of a campaign. */
export interface JudgeToAdd {
  readonly subject: SubjectKind;
  readonly name: string;
  readonly entry: JudgeEntry;
  /** The configuration file that it came from. */
  readonly configFile: string | null;
  /** The folder that its files are relative to. */
  readonly directory: string;
  /** It is one of the judges that the campaign was planned with. */
  readonly isPlanned: boolean;
}

/** What the user asks for, and where judges of the user's own come from. */
export interface JudgesAsked {
  /** From the command line. */
  readonly prompt: readonly unknown[];
  readonly image: readonly unknown[];
  /** A configuration whose judges are to be added as well. */
  readonly file?: string | undefined;
  readonly load: (path: string) => Promise<LoadedConfig>;
  readonly knownNames: KnownNames;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether judges that failed somewhere are to be asked again there. */
  readonly retryErrors?: boolean;
  /** What there is to be judged, and what has been. */
  readonly standing: JudgingStanding;
}

/** What there is to be judged in a campaign, and what each judge has judged of it. */
export type JudgingStanding = Awaited<ReturnType<typeof countJudged>>;

interface Candidate {
  readonly subject: SubjectKind;
  readonly entry: unknown;
  readonly configFile: string | null;
  readonly directory: string;
}

const SUBJECTS = ['prompt', 'image'] as const;

/**
 * The judges that are to judge a campaign's prompts and images: those asked for; where none are, those
 * that were added earlier and have not judged everything, and, where errors are to be tried again, whoever
 * failed somewhere.
 *
 * @param added the judges that were added earlier
 * @throws {@link UsageError} `JUDGE_EXISTS` for a name that the campaign has for another judge,
 *   `OWN_JUDGE_MISSING` where the code of one is not to be found
 * @throws {@link ConfigurationError} for an entry that is wrong
 */
export async function judgesToAdd(
  campaign: CampaignRow,
  added: readonly AddedJudgeRow[],
  asked: JudgesAsked,
): Promise<JudgeToAdd[]> {
  const flags = SUBJECTS.flatMap((subject) =>
    asked[subject].map((entry) => ({ subject, entry, configFile: null, directory: asked.cwd })),
  );
  const ofFile = asked.file === undefined ? [] : await candidatesOf(asked.file, asked);
  const fresh = [...flags, ...ofFile.filter(({ subject, entry }) => !isPlanned(campaign, subject, entry))];
  const candidates =
    asked.file === undefined && flags.length === 0 ? await earlier(campaign, added, asked) : fresh;
  const { knownNames, env } = asked;
  validateJudges(
    {
      prompt: candidates.filter(({ subject }) => subject === 'prompt').map(({ entry }) => entry),
      image: candidates.filter(({ subject }) => subject === 'image').map(({ entry }) => entry),
    },
    { ...knownNames, env, file: asked.file ?? 'the judges' },
  );
  return candidates.map(({ entry: given, ...candidate }) => {
    const entry = isOwnJudge(given) ? given : judgeSchema.parse(given);
    const name = nameOf(entry);
    const planned = plannedEntry(campaign, candidate.subject, name);
    const before =
      planned ?? added.find((row) => row.subject === candidate.subject && row.name === name)?.entry;
    if (before !== undefined) refuseAnother(campaign, candidate.subject, name, before, entry);
    return { ...candidate, name, entry, isPlanned: planned !== undefined };
  });
}

/** What is open; code of the user's own is loaded again. */
async function earlier(
  campaign: CampaignRow,
  added: readonly AddedJudgeRow[],
  asked: JudgesAsked,
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  const planned = SUBJECTS.flatMap((subject) =>
    plannedEntries(campaign, subject).map((entry) => ({ subject, entry, configFile: campaign.configFile })),
  );
  const open = [
    ...planned.filter(({ subject, entry }) => asked.retryErrors === true && hasFailed(subject, entry, asked)),
    ...added.filter(({ subject, entry }) => isOpen(subject, entry, asked)),
  ];
  for (const { subject, entry, configFile } of open) {
    const name = nameOf(entry);
    const directory = configFile === null ? asked.cwd : dirname(configFile);
    if (!isOwnCode(entry, subject, asked.knownNames.knownJudges?.[subject] ?? [])) {
      candidates.push({ subject, entry, configFile, directory });
      continue;
    }
    const loaded = configFile === null ? [] : await candidatesOf(configFile, asked);
    const found = loaded.find((one) => one.subject === subject && nameOf(one.entry) === name);
    if (found === undefined) {
      throw new UsageError({
        code: 'OWN_JUDGE_MISSING',
        message: `The judge ${JSON.stringify(name)} is one of your own, and ${configFile ?? 'no file'} does not hold it.`,
        hint: `Name the configuration that does: art judge ${campaign.id} --config FILE`,
        data: { judge: name, configFile },
      });
    }
    candidates.push(found);
  }
  return candidates;
}

async function candidatesOf(path: string, { load }: JudgesAsked): Promise<Candidate[]> {
  const { config, file, directory } = await load(path);
  return SUBJECTS.flatMap((subject) =>
    config.judges[subject].map((entry) => ({ subject, entry, configFile: file, directory })),
  );
}

function refuseAnother(
  { id, name: campaign }: CampaignRow,
  subject: SubjectKind,
  name: string,
  before: unknown,
  entry: JudgeEntry,
): void {
  const changed = differences(recordedJudge(before), recordedJudge(entry));
  if (changed.length === 0) return;
  const type = typeof entry === 'object' && 'type' in entry ? entry.type : name;
  const other = JSON.stringify({ name: `${name}-2`, type });
  throw new UsageError({
    code: 'JUDGE_EXISTS',
    message: `${campaign} has another judge of ${subject}s called ${JSON.stringify(name)}: ${changed.join(', ')} differ.`,
    hint: `Give this one another name, e.g. ${other}; without any judge, art judge ${id} completes those that were added.`,
    data: { judge: name, changed },
  });
}

function isPlanned(campaign: CampaignRow, subject: SubjectKind, entry: unknown): boolean {
  return plannedEntry(campaign, subject, nameOf(entry)) !== undefined;
}

/** The recorded entry of a judge that the campaign was planned with. */
function plannedEntry(campaign: CampaignRow, subject: SubjectKind, name: string): unknown {
  return plannedEntries(campaign, subject).find((entry) => nameOf(entry) === name);
}

function plannedEntries({ config }: CampaignRow, subject: SubjectKind): unknown[] {
  const { judges } = config;
  const list: unknown =
    typeof judges === 'object' && judges !== null ? Reflect.get(judges, subject) : undefined;
  return Array.isArray(list) ? list : [];
}

/** Whether an added judge has something to judge. */
function isOpen(subject: SubjectKind, entry: Readonly<Record<string, unknown>>, asked: JudgesAsked): boolean {
  const categories = Array.isArray(entry.categories) ? entry.categories : undefined;
  const total = asked.standing.subjects
    .filter(({ category }) => categories === undefined || categories.includes(category))
    .reduce((sum, counts) => sum + counts[subject], 0);
  const judged = saidBy(subject, entry, asked)?.judged ?? 0;
  return judged < total || (asked.retryErrors === true && hasFailed(subject, entry, asked));
}

function hasFailed(subject: SubjectKind, entry: unknown, asked: JudgesAsked): boolean {
  return (saidBy(subject, entry, asked)?.errors ?? 0) > 0;
}

function saidBy(subject: SubjectKind, entry: unknown, { standing }: JudgesAsked) {
  const name = nameOf(entry);
  return standing.judged.find((row) => row.subject === subject && row.judge === name);
}

function nameOf(entry: unknown): string {
  if (typeof entry === 'string') return entry;
  return typeof entry === 'object' && entry !== null && 'name' in entry ? plainText(entry.name) : '';
}
