import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import { wordsOf } from './words.ts';

/** What Writer and Guide read out of the messages that they get. */
export interface MessageParts {
  readonly prompt: string;
  readonly category: string;
  readonly keywords: readonly string[];
  /** The Guide's instruction, where there is one. */
  readonly instruction: string | undefined;
  /** Prompts to imitate, one a line. */
  readonly examples: readonly string[];
  /** The prompt that advice is to lead to, where that is asked. */
  readonly target: string | undefined;
  /** What is to be taken apart, where that is asked. */
  readonly subject: string | undefined;
  /** The parts that a prompt is to show, and how many details are to surround them. */
  readonly parts: readonly string[];
  readonly details: number;
  /** What was tried before, and whether it gave a picture of the category. */
  readonly tried: readonly { readonly prompt: string; readonly slipped: boolean }[];
  /** The first image that came along, as bytes. */
  readonly image: Uint8Array | undefined;
  /** All the text, in order. */
  readonly text: string;
}

/**
 * Reads the parts that prompt templates mark with tags: `<prompt>`, `<category>`, `<keywords>`,
 * `<instruction>`, `<examples>`. Without tags the last line that is not empty is taken for the prompt.
 */
export function readParts(messages: LanguageModelV4Prompt): MessageParts {
  const texts: string[] = [];
  let image: Uint8Array | undefined;
  for (const message of messages) {
    if (message.role === 'system') texts.push(message.content);
    else {
      for (const part of message.content) {
        if (part.type === 'text') texts.push(part.text);
        if (part.type === 'file' && part.data.type === 'data' && part.mediaType.startsWith('image')) {
          const { data } = part.data;
          image ??= typeof data === 'string' ? Buffer.from(data, 'base64') : data;
        }
      }
    }
  }
  const text = texts.join('\n');
  const lastLine = text.split('\n').findLast((line) => line.trim() !== '') ?? '';
  const instruction = tagged(text, 'instruction');
  const category = tagged(text, 'category');
  return {
    prompt: tagged(text, 'prompt') ?? (category === undefined ? lastLine.trim() : ''),
    category: category ?? '',
    examples: (tagged(text, 'examples') ?? '').split('\n').flatMap((line) => line.trim() || []),
    subject: tagged(text, 'subject'),
    target: tagged(text, 'target'),
    parts: (tagged(text, 'parts') ?? '').split('\n').flatMap((line) => line.trim() || []),
    details: Math.min(10, Math.max(0, Number.parseInt(tagged(text, 'details') ?? '', 10) || 0)),
    tried: (tagged(text, 'tried') ?? '').split('\n').flatMap((line) => {
      const [, result, prompt] = /^([a-z ]+): (.*)$/.exec(line.trim()) ?? [];
      return prompt === undefined ? [] : { prompt, slipped: result === 'slipped' };
    }),
    keywords: (tagged(text, 'keywords') ?? '').split(/[,;\n]/).flatMap((keyword) => keyword.trim() || []),
    instruction: instruction === '' ? undefined : instruction,
    image,
    text,
  };
}

/** The content of the last element of that name: templates explain their tags before they use them. */
function tagged(text: string, tag: string): string | undefined {
  const end = text.lastIndexOf(`</${tag}>`);
  if (end < 0) return undefined;
  const open = `<${tag}>`;
  const start = text.lastIndexOf(open, end);
  return start < 0 ? undefined : text.slice(start + open.length, end).trim();
}

/** About how many tokens a text has: its words and a third more. */
export function countTokens(text: string): number {
  return Math.ceil((wordsOf(text).length * 4) / 3);
}
