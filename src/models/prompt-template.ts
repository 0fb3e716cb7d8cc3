import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { didYouMean } from '../config/nearest.ts';
import { messageOf, UsageError } from '../errors.ts';

/** What a template may ask for. */
export const PLACEHOLDERS = [
  'prompt',
  'instruction',
  'examples',
  'tried',
  'subject',
  'parts',
  'details',
  'target',
  'category',
  'keywords',
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** The text for each placeholder that a template uses. */
export type TemplateValues = Partial<Record<Placeholder, string>>;

/**
 * What a model is told, with places to be filled in: `{{category}}`, `{{keywords}}`, and what the question is about:
 * `{{prompt}}`, `{{instruction}}` or `{{examples}}`.
 */
export interface PromptTemplate {
  readonly system: string | undefined;
  readonly user: string;
}

/** A template with its places filled in. */
export interface FilledTemplate {
  readonly system?: string;
  readonly user: string;
}

/** The templates of the Writer. */
export interface WriterTemplates {
  readonly initial: PromptTemplate;
  readonly rewrite: PromptTemplate;
  readonly propose: PromptTemplate;
  readonly imitate: PromptTemplate;
  readonly decompose: PromptTemplate;
  readonly drown: PromptTemplate;
}

/** The templates of the Guide. */
export interface GuideTemplates {
  readonly instruct: PromptTemplate;
  /** For a prompt that the target refused to draw. */
  readonly instructWithoutImage: PromptTemplate;
}

const PLACE = /\{\{\s*([^{}]*?)\s*\}\}/g;
const SECTION = /^##[ \t]+(system|user)[ \t]*$/gim;
const TAG = /<\s*\/?\s*([a-z][\w-]*)/gi;
const NO_IMAGE = 'There is no picture: the program refused to draw the prompt.';

/**
 * Reads a template. A line `## system` begins what goes into the system message, a line `## user`
 * what goes into the user message; without such lines all of it is the user message.
 *
 * @param text the file's text
 * @param file its name, for messages
 * @param allowed the placeholders that get a value; the first one has to be there
 * @throws {@link UsageError} for an unknown placeholder, a template without the one it is about, a section
 *   twice, text before the first section, or an empty user message
 */
export function parseTemplate(text: string, file: string, allowed: readonly Placeholder[]): PromptTemplate {
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const problem = (message: string, hint: string) =>
    new UsageError({ code: 'WRONG_TEMPLATE', message: `${file}: ${message}`, hint, data: { file } });
  const [needed] = allowed;
  let usesNeeded = false;
  for (const match of source.matchAll(PLACE)) {
    const name = match[1] ?? '';
    const line = source.slice(0, match.index).split('\n').length;
    if (!allowed.some((placeholder) => placeholder === name)) {
      throw problem(
        `line ${line}: unknown placeholder {{${name.slice(0, 60)}}}; ${didYouMean(name, allowed)}`,
        `This template may use ${allowed.map((placeholder) => `{{${placeholder}}}`).join(', ')}.`,
      );
    }
    usesNeeded ||= name === needed;
  }
  if (!usesNeeded) throw problem(`{{${needed}}} is missing`, `Put {{${needed}}} where it belongs.`);

  const marks = [...source.matchAll(SECTION)];
  if (marks.length === 0) return { system: undefined, user: source.trim() };
  if (source.slice(0, marks[0]?.index).trim() !== '') {
    throw problem('there is text before the first section', 'Begin the file with ## system or ## user.');
  }
  const sections = new Map<string, string>();
  for (const [index, mark] of marks.entries()) {
    const name = (mark[1] ?? '').toLowerCase();
    if (sections.has(name)) throw problem(`the section ## ${name} stands there twice`, 'Keep one of them.');
    sections.set(name, source.slice(mark.index + mark[0].length, marks[index + 1]?.index).trim());
  }
  const user = sections.get('user');
  if (user === undefined || user === '')
    throw problem('there is no text under ## user', 'Add a section ## user.');
  return { system: sections.get('system') || undefined, user };
}

/**
 * Fills in a template. A value cannot close the tags that the template puts around it: a `<` that
 * begins one of the template's own tags is written as `&lt;`.
 *
 * @param template from {@link parseTemplate}
 * @param values the text for each placeholder; a missing one is left empty
 */
export function fillTemplate({ system, user }: PromptTemplate, values: TemplateValues): FilledTemplate {
  const tags = new Set(
    [...`${system ?? ''}${user}`.matchAll(TAG)].map((match) => (match[1] ?? '').toLowerCase()),
  );
  const escapeTags = (value: string) =>
    value.replace(TAG, (tag, name: string) => (tags.has(name.toLowerCase()) ? `&lt;${tag.slice(1)}` : tag));
  const fill = (text: string) =>
    text.replace(PLACE, (_, name: string) => {
      const placeholder = PLACEHOLDERS.find((known) => known === name);
      return escapeTags((placeholder === undefined ? undefined : values[placeholder]) ?? '');
    });
  return { ...(system === undefined ? {} : { system: fill(system) }), user: fill(user) };
}

/** What the Guide's templates may ask for. */
const OF_THE_GUIDE: readonly Placeholder[] = ['prompt', 'tried', 'category', 'keywords'];
const WITHOUT_INSTRUCTION: readonly Placeholder[] = ['prompt', 'category', 'keywords'];

/**
 * Loads the Writer's templates: the user's files, the built-in ones for the rest.
 *
 * @param files the configuration's `writer.templates`
 * @param configDir the folder that relative names start from
 * @throws {@link UsageError} for a file that cannot be read or a wrong template
 */
export async function loadWriterTemplates(
  files: { readonly [name in keyof WriterTemplates]?: string | undefined },
  configDir: string,
): Promise<WriterTemplates> {
  const [initial, rewrite, propose, imitate, decompose, drown] = await Promise.all([
    loadTemplate(files.initial, 'writer-initial.md', configDir, WITHOUT_INSTRUCTION),
    loadTemplate(files.rewrite, 'writer-rewrite.md', configDir, [...WITHOUT_INSTRUCTION, 'instruction']),
    loadTemplate(files.propose, 'writer-propose.md', configDir, ['category', 'keywords']),
    loadTemplate(files.imitate, 'writer-imitate.md', configDir, ['examples', 'category', 'keywords']),
    loadTemplate(files.decompose, 'writer-decompose.md', configDir, ['subject', 'category', 'keywords']),
    loadTemplate(files.drown, 'writer-drown.md', configDir, ['parts', 'details', 'category', 'keywords']),
  ]);
  return { initial, rewrite, propose, imitate, decompose, drown };
}

/**
 * Loads the Guide's templates. A user's own one serves for refused prompts as well, with a line in
 * front that says that there is no image.
 *
 * @param files the configuration's `guide.templates`
 * @param configDir the folder that relative names start from
 * @throws {@link UsageError} for a file that cannot be read or a wrong template
 */
export async function loadGuideTemplates(
  files: { readonly instruct?: string | undefined },
  configDir: string,
): Promise<GuideTemplates> {
  const instruct = await loadTemplate(files.instruct, 'guide-instruct.md', configDir, OF_THE_GUIDE);
  const instructWithoutImage =
    files.instruct === undefined
      ? await loadTemplate(undefined, 'guide-instruct-without-image.md', configDir, OF_THE_GUIDE)
      : { ...instruct, user: `${NO_IMAGE}\n\n${instruct.user}` };
  return { instruct, instructWithoutImage };
}

async function loadTemplate(
  file: string | undefined,
  builtIn: string,
  configDir: string,
  allowed: readonly Placeholder[],
): Promise<PromptTemplate> {
  const path =
    file === undefined ? new URL(`./templates/${builtIn}`, import.meta.url) : resolve(configDir, file);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError({
      code: 'TEMPLATE_UNREADABLE',
      message: `The prompt template ${file ?? builtIn} cannot be read: ${messageOf(error)}`,
      hint: 'Give the name of a text file, relative to the configuration.',
      data: { file: file ?? builtIn },
      cause: error,
    });
  }
  return parseTemplate(text, file ?? builtIn, allowed);
}

/**
 * Loads the template of the question that a Guide dataset is made by: general advice that leads from a prompt to another.
 *
 * @param file the user's own; default: the built-in one
 * @throws {@link UsageError} for a file that cannot be read or a wrong template
 */
export function loadInstructionsTemplate(
  file: string | undefined,
  configDir: string,
): Promise<PromptTemplate> {
  return loadTemplate(file, 'dataset-instructions.md', configDir, [
    'target',
    'prompt',
    'category',
    'keywords',
  ]);
}
