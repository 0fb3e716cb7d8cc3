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

const INTRODUCTIONS: readonly RegExp[] = [
  // "Here is the new prompt:", "Here's a rewritten version of it:"
  /^here(?:'s|\u2019s| is| are| you go)?\b[^:\n]{0,60}\b(?:prompt|version|rewrite|rewritten|revision|suggestion|description|one|it)\b[^:\n]{0,80}:\s*/i,
  // "Sure! …:", "Of course, here you go:"
  /^(?:sure(?: thing)?|certainly|of course|absolutely|okay|ok|alright|got it|understood|no problem|great)\b\s*[!.,\u2013\u2014-]?[^:\n]{0,120}:\s*(?=\S|$)/i,
  /^(?:sure(?: thing)?|certainly|of course|absolutely|got it|understood)\s*!\s*/i,
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
    if (closing.includes(last)) inner = inner.slice(1, -1).trim();
    // A quotation mark that is never closed was cut off with the rest, or belongs to nothing.
    else if (
      /["\u201c\u201e\u00ab\u300c]/.test(inner[0] ?? '') &&
      ![...closing].some((mark) => inner.indexOf(mark, 1) > 0)
    ) {
      inner = inner.slice(1).trim();
    } else return inner;
  }
}

/** "For Example: …", wherever a sentence or line begins with it: the Guide gives no examples. */
const EXAMPLE =
  /(?:^|[.!?:;\n]|\*\*)[*_#\s-]*(?:for (?:example|instance)\b\s*[*_]*\s*[:,]|(?:example|sample)(?: prompts?)?\s*[*_]*:)/i;
/** The paper's own mark cuts wherever it stands. */
const EXAMPLE_MARK = /\bfor example\s*[*_]*\s*:/i;

/**
 * Finds the instruction in a Guide's answer: cleaned up, without the examples at its end, at most
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
  for (const mark of [EXAMPLE, EXAMPLE_MARK]) {
    const match = mark.exec(text);
    // The full stop before the example belongs to the instruction.
    if (match !== null) text = text.slice(0, match.index + (/^[.!?]/.test(match[0]) ? 1 : 0));
  }
  text = withoutQuotes(cutAtWord(text.trim(), LONGEST_INSTRUCTION));
  return /[\p{L}\p{N}]/u.test(text) ? text : '';
}

/** Cuts to a length, at the end of a word where there is one in the last fifth; never inside a character. */
function cutAtWord(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const head = text.slice(0, longest + 1);
  const space = head.search(/\s+\S*$/);
  const cut = space >= longest * 0.8 ? head.slice(0, space) : text.slice(0, longest);
  return cut.replace(/[\ud800-\udbff]$/, '').trim();
}

/** How models begin when they refuse, folded to lower case and plain apostrophes. */
const REFUSALS: readonly RegExp[] = [
  /^(?:i'm|i am|we're|we are) (?:very |really |truly |so )?(?:sorry|afraid|unable|not able|not comfortable|not allowed)\b/,
  /^(?:sorry|apologies|my apologies|i apologi[sz]e)\b[,.!:]? ?(?:but|for|i\b|we\b|this|that|no\b|$)/,
  /^(?:unfortunately|regrettably),? (?:i|we|this|that|it)\b/,
  /^(?:i|we) (?:can't|cannot|can not|won't|will not|couldn't|could not|must decline|must refuse|have to decline|decline|refuse|shouldn't|should not|am unable|don't feel|do not feel|don't think|do not think i)\b/,
  /^(?:can't|cannot|unable to) (?:help|assist|comply|fulfil|fulfill|provide|create|write|generate)\b/,
  /^as an? (?:ai|artificial|large language|language model|assistant|responsible)\b/,
  /^(?:it is|it's|it would be|that is|that's|this is) (?:not appropriate|inappropriate|against|not something i)\b/,
  /^(?:this|that|your) (?:request|prompt|content|topic) (?:goes against|violates|is against|is inappropriate|cannot|can't|may violate)\b/,
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
