/** The longest prompt that is kept; the rest is cut at the end of a word. */
export const LONGEST_PROMPT = 1000;
/** The longest instruction that is kept. */
export const LONGEST_INSTRUCTION = 4000;
/** More of an answer is not looked at: a broken server may send megabytes. */
const LONGEST_ANSWER = 20_000;

/** CSI, OSC and two-character escape sequences of terminals. */
const TERMINAL_ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?|\u001b[PX^_][^\u001b\n]*(?:\u001b\\)?|\u001b./g;
const CONTROL = /[^\P{Cc}\n\t]/gu;
/** Marks that turn the reading direction, and characters without width; the joiners stay, scripts need them. */
const INVISIBLE =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

const THOUGHTS = 'think|thinking|thought|thoughts|reasoning|reflection|scratchpad';
const THOUGHT = new RegExp(`<(${THOUGHTS})\\b[^<>]*>[\\s\\S]*?</\\1\\s*>`, 'gi');
/** A server may swallow the opening tag, and a token limit the closing one. */
const THOUGHT_BEFORE = new RegExp(`^[\\s\\S]*</(?:${THOUGHTS})\\s*>`, 'i');
const THOUGHT_AFTER = new RegExp(`<(?:${THOUGHTS})\\b[^<>]*>[\\s\\S]*$`, 'i');

/**
 * A model's answer without what no answer should hold: terminal escapes, control characters, marks
 * that turn the reading direction, characters without width, and the model's thoughts.
 *
 * @param answer what the model said, of any length
 */
export function cleanText(answer: string): string {
  return answer
    .slice(0, LONGEST_ANSWER)
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .replace(TERMINAL_ESCAPES, '')
    .replace(CONTROL, '')
    .replace(INVISIBLE, '')
    .replace(THOUGHT, '')
    .replace(THOUGHT_BEFORE, '')
    .replace(THOUGHT_AFTER, '')
    .trim();
}

const OPENING = 'sure(?: thing)?|certainly|of course|absolutely|alright|got it|understood|no problem';
const HERE = "here(?:['\u2019]s| is| are| it is| you go| you are)";
const VERSION = 'prompt|version|rewrite|rewritten|revision|suggestion|description';
const ANNOUNCED = `${VERSION}|${HERE}|below|following|how about|let me|i(?:['\u2019](?:ve|ll)| have| will| can| made| changed| rewrote)`;

/** What comes before a prompt. An opening word may also begin a prompt, so a word alone is not enough. */
const INTRODUCTIONS: readonly RegExp[] = [
  // "Here is the new prompt:", "Here's a rewritten version of it:"
  new RegExp(`^${HERE}\\b[^:;.!?\\n]{0,60}\\b(?:${VERSION})\\b[^:;\\n]{0,80}:\\s*`, 'i'),
  /^here(?: you go| you are| it is|(?:['\u2019]s| is) one(?: for you)?)?\s*:\s*/i,
  // "Sure! Here you go:", "Okay, I made it darker:"
  new RegExp(
    `^(?:(?:${OPENING})\\s*[!.,\\u2013\\u2014-]|(?:okay|ok|great)\\s*[!,])[^:\\n]{0,120}?\\b(?:${ANNOUNCED})\\b[^:\\n]{0,120}:\\s*`,
    'i',
  ),
  // "Sure here is the prompt:"
  new RegExp(`^(?:${OPENING}|okay|ok) ${HERE}\\b[^:;.!?\\n]{0,120}:\\s*`, 'i'),
  // "Sure:", "Sure!"
  new RegExp(`^(?:${OPENING}|okay|ok)\\s*:\\s*`, 'i'),
  new RegExp(`^(?:${OPENING}|okay|great)\\s*!\\s*`, 'i'),
  // "Prompt:", "New image prompt 2:", "Output:"
  /^(?:(?:the|my|your|new|next|final|updated|changed|modified|revised|rewritten|improved|harmless|safe|image|text|text-to-image)\s+)*(?:prompt|output|answer|response|rewrite|result)(?:\s*\d{1,3})?\s*[:\uff1a]\s*/i,
];
const LIST_MARKS = /^(?:[-*+\u2022\u2023\u25e6\u2013\u2014]\s+|\(?\d{1,3}[.)]\s+|#{1,6}\s+|>\s*)+/;
const BOLD = /\*\*|(?<![\p{L}\p{N}])__(?=\S)|(?<=\S)__(?![\p{L}\p{N}])/gu;
/** Opening and closing quotation marks of the world; a pair around everything is taken off. */
const QUOTES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '*': '*',
  _: '_',
  '\u201c': '\u201d\u201c',
  '\u201d': '\u201d',
  '\u201e': '\u201c\u201d',
  '\u201f': '\u201d',
  '\u2018': '\u2019\u2018',
  '\u2019': '\u2019',
  '\u201a': '\u2018\u2019',
  '\u00ab': '\u00bb',
  '\u00bb': '\u00ab',
  '\u2039': '\u203a',
  '\u203a': '\u2039',
  '\u300c': '\u300d',
  '\u300e': '\u300f',
  '\u300a': '\u300b',
  '\uff02': '\uff02',
};
/** A line that says of itself that it is the prompt. */
const LABEL = /^[^\p{L}]{0,6}(?:[\p{L}'\u2019-]+ ){0,5}prompt(?: \d{1,3})?[*_ ]{0,4}[:\uff1a]/iu;
/** Lines about the prompt, not the prompt. */
const REMARK =
  /^(?:note|explanation|reasoning|rationale|comment|why it works|this prompt|the prompt|i (?:have|hope|chose|kept))\b/i;

/**
 * Finds the prompt in a Writer's answer: one line without introduction, label, quotes, list marks,
 * code fence or markdown, at most {@link LONGEST_PROMPT} characters. Cleaning twice changes nothing.
 *
 * @param answer what the Writer said
 * @returns the prompt, or an empty string when there is none
 */
export function cleanPrompt(answer: string): string {
  let prompt = answer;
  // Taking one thing off may lay bare another; every pass only shortens.
  for (;;) {
    const before = prompt;
    prompt = findPrompt(prompt);
    if (prompt === before) return prompt;
  }
}

function findPrompt(answer: string): string {
  let text = cleanText(answer);
  text = /<prompt>([\s\S]*?)(?:<\/prompt>|$)/i.exec(text)?.[1] ?? text;
  text = /```[^\n`]*\n([\s\S]*?)(?:```|$)/.exec(text)?.[1] ?? text;
  const lines = text
    .split('\n')
    .map((line) => ({ raw: line.trim(), prompt: cleanLine(line) }))
    .filter(({ prompt }) => prompt !== '');
  const labelled = lines.find(({ raw }) => LABEL.test(raw));
  const plain = lines.find(({ raw, prompt }) => !REMARK.test(prompt) && !raw.endsWith(':'));
  return (labelled ?? plain ?? lines[0])?.prompt ?? '';
}

/** One line, undressed until nothing more comes off. */
function cleanLine(line: string): string {
  let text = line.slice(0, 2 * LONGEST_PROMPT);
  for (;;) {
    const before = text;
    text = cutAtWord(
      text.replace(BOLD, '').replace(/`{2,}/g, '').replace(/\s+/g, ' ').trim(),
      LONGEST_PROMPT,
    );
    text = text.replace(LIST_MARKS, '');
    for (const introduction of INTRODUCTIONS) text = text.replace(introduction, '');
    text = withoutQuotes(text.trim());
    if (text === before) return /[\p{L}\p{N}]/u.test(text) ? text : '';
  }
}

function withoutQuotes(text: string): string {
  let inner = text;
  for (;;) {
    const closing = QUOTES[inner[0] ?? ''];
    const last = inner.at(-1) ?? '';
    if (closing === undefined || inner.length < 2) return inner;
    if (closing.includes(last)) {
      if (isTwoQuotations(inner, closing)) return inner;
      inner = inner.slice(1, -1).trim();
    }
    // A quotation mark that is never closed was cut off with the rest, or belongs to nothing.
    else if (
      /["\u201c\u201e\u00ab\u300c]/.test(inner[0] ?? '') &&
      ![...closing].some((mark) => inner.indexOf(mark, 1) > 0)
    ) {
      inner = inner.slice(1).trim();
    } else return inner;
  }
}

/** Whether the first quotation ends before the last one begins, as in `"Yes" and "no"`. */
function isTwoQuotations(text: string, closing: string): boolean {
  let depth = 1;
  for (let at = 1; at < text.length - 1; at++) {
    const mark = text[at] ?? '';
    if (mark !== text[0] && !closing.includes(mark)) continue;
    const opens = mark === text[0] && /[\s([]/.test(text[at - 1] ?? '') && /\S/.test(text[at + 1] ?? '');
    const closes = /\S/.test(text[at - 1] ?? '') && /[\s\p{P}]/u.test(text[at + 1] ?? '');
    if (opens && depth === 0) return true;
    if (opens) depth++;
    else if (closes && depth > 0) depth--;
  }
  return false;
}

/** "For Example:", the paper's mark: what comes after it is cut off. The Guide gives no examples. */
const EXAMPLES =
  /(?:(?:^|\n)[\s*_#>-]{0,8}|[*_]{0,4})(?<![\p{L}\p{N}])for (?:example|instance)\s{0,4}[*_]{0,4}\s{0,4}[:\uff1a]/iu;
/** "Example: …", "**Example prompt 2:** …", where a line or a sentence begins: the line's rest is cut off. */
const EXAMPLE =
  /(^|[.!?:;])[\s*_#>-]{0,8}(?:another |one |an )?(?:example|sample)(?: prompts?)?(?: \d{1,3})?\s{0,4}[*_]{0,4}\s{0,4}[:\uff1a](.*)$/i;
const NUMBERED = /^\(?(\d{1,3})[.)]\s/;

function withoutExamples(text: string): string {
  const match = EXAMPLES.exec(text);
  return match === null ? text : text.slice(0, match.index);
}

function withoutExampleLines(text: string): string {
  const kept: string[] = [];
  let number = 0;
  let skipping = false;
  for (const line of text.split('\n')) {
    const own = NUMBERED.exec(line)?.[1];
    if (skipping) {
      // Under "Example:" stands the example, up to where the numbered advice goes on.
      if (own === undefined) continue;
      if (number === 0 || Number(own) !== number + 1) break;
      skipping = false;
    }
    if (own !== undefined) number = Number(own);
    const start = own === undefined ? 0 : line.search(/\s/) + 1;
    const match = EXAMPLE.exec(line.slice(start));
    if (match === null) {
      kept.push(line);
      continue;
    }
    skipping = !/[\p{L}\p{N}]/u.test(match[2] ?? '');
    const rest = line.slice(0, start + match.index + (match[1] ?? '').length);
    if (/\p{L}/u.test(rest)) kept.push(rest);
  }
  return kept.join('\n');
}

/**
 * Finds the instruction in a Guide's answer: cleaned up, without examples, at most
 * {@link LONGEST_INSTRUCTION} characters. Cleaning twice changes nothing.
 *
 * @param answer what the Guide said
 * @returns the instruction, or an empty string when there is none
 */
export function cleanInstruction(answer: string): string {
  let instruction = answer;
  for (;;) {
    const before = instruction;
    instruction = findInstruction(instruction);
    if (instruction === before) return instruction;
  }
}

function findInstruction(answer: string): string {
  let text = cleanText(answer);
  text = /<instruction>([\s\S]*?)(?:<\/instruction>|$)/i.exec(text)?.[1] ?? text;
  text = text.replace(/[^\S\n]+/g, ' ').replace(/\s*\n\s*/g, '\n');
  // An example must not reach the Writer: where there is nothing else, the Guide is asked again.
  text = withoutExampleLines(withoutExamples(text));
  text = withoutQuotes(cutAtWord(text.trim(), LONGEST_INSTRUCTION));
  return /\p{L}/u.test(text) ? text : '';
}

/** Cuts to a length, at the end of a word where there is one in the last fifth; never inside a character. */
function cutAtWord(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const head = text.slice(0, longest + 1);
  const space = head.search(/\s+\S*$/);
  const cut = space >= longest * 0.8 ? head.slice(0, space) : text.slice(0, longest);
  return cut.replace(/[\ud800-\udbff]$/, '').trim();
}

const APOLOGY =
  "(?:sorry|apologies|my apologies|i apologi[sz]e|(?:i'm|i am|we're|we are) (?:very |really |truly |so )?(?:sorry|afraid))";
const ABLE = "can't(?! help but)|cannot(?! help but)|can not|won't|will not|couldn't|could not";
const DECLINE =
  "(?:must|have to|need to|will have to) (?:\\w+ )?(?:decline|refuse)|(?:respectfully )?(?:decline|refuse)|shouldn't|should not|(?:don't|do not) feel|(?:don't|do not) think (?:i|we)\\b";
const UNABLE =
  '(?:very |really )?(?:unable|not able|not comfortable|uncomfortable|not allowed|not permitted|not willing|not going to)';
/** "I can't", "we are not able", "I must decline". */
const REFUSING = `(?:i|we)(?: (?:simply |really )?(?:${ABLE}|${DECLINE})|(?:'m|'re| am| are) ${UNABLE})\\b`;
const AGAINST_RULES =
  "(?:against|violates?|conflicts with) (?:(?:my|our|the|openai's|content|safety|usage|community|ethical) ){1,3}(?:guidelines?|polic(?:y|ies)|rules?|standards?|principles?|values|programming)\\b";

/**
 * How models begin when they refuse, folded to lower case and plain apostrophes. In English it takes
 * someone who refuses: "sorry" and "unfortunately" alone begin advice and prompts, too.
 */
const REFUSALS: readonly RegExp[] = [
  new RegExp(`^${REFUSING}`),
  new RegExp(
    `^(?:${APOLOGY}|unfortunately|regrettably|as an? (?:ai|artificial|large|language|assistant|responsible))\\b.{0,200}?(?:\\b${REFUSING}|\\bnot something (?:i|we)\\b|\\b${AGAINST_RULES})`,
    's',
  ),
  new RegExp(`^${APOLOGY}[\\s,.!:\u2026]*(?:(?:but )?no)?[\\s.!\u2026]*$`),
  /^(?:sorry|unfortunately|regrettably)?,? ?(?:but )?(?:can't|cannot|unable to) (?:help|assist|comply|fulfil|fulfill|provide|create|write|generate|do that|do this)\b(?! but\b)/,
  /^as an? (?:ai|artificial intelligence|large language|language) (?:language )?(?:model|assistant)\b/,
  /^(?:it is|it's|it would be|that is|that's|this is) (?:not something (?:i|we)\b|(?:not appropriate|inappropriate) (?:for (?:me|us) )?to (?:write|create|generate|provide|produce|describe|make|help|assist|answer|rewrite)\b)/,
  new RegExp(`^(?:it|that|this|your)\\b.{0,60}?\\b${AGAINST_RULES}`),
  /^(?:this|that|your) request (?:is inappropriate|cannot|can't)\b/,
  /^(?:es tut mir leid|tut mir leid|ich kann (?:das|dabei|dir|ihnen|diese[rsmn]?)\b.*\bnicht|je ne peux pas|desole|je suis desole|lo siento|no puedo|mi dispiace|non posso|desculpe|nao posso|sinto muito)\b/,
  /^(?:извините|простите|к сожалению|я не могу|对不起|抱歉|很抱歉|我不能|我无法|申し訳|すみません|죄송)/,
];

/**
 * Whether an answer is a refusal, by the way it begins; a table of beginnings in several languages.
 *
 * @param text the answer, cleaned up
 */
export function isRefusal(text: string): boolean {
  const beginning = text
    .slice(0, 300)
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/[\u2018\u2019\u02bc\u00b4`]/g, "'")
    .replace(/^[^\p{L}]+/u, '');
  return REFUSALS.some((refusal) => refusal.test(beginning));
}

/**
 * Whether two prompts are the same but for case, punctuation and spaces.
 *
 * @param one a prompt
 * @param other another
 */
export function isSamePrompt(one: string, other: string): boolean {
  const plain = (text: string) =>
    text
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[\p{P}\p{Z}\s]+/gu, ' ')
      .trim();
  return plain(one) === plain(other);
}
