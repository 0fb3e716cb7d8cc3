import type { ModelMessage } from 'ai';
import { z } from 'zod';
import { shorten } from '../../models/redact.ts';
import { snippet } from '../../models/server-message.ts';
import type { JudgeCall } from '../judge.ts';
import type { AskModel, ModelQuestion } from './ask-model.ts';

/** The most of a wrong answer that is shown to the model again, in characters. */
const LONGEST_ECHO = 2000;
/** Longer answers are not searched for JSON. */
const LONGEST_ANSWER = 20_000;
/** So many opening braces are tried: each costs a pass over the answer. */
const MOST_BRACES = 50;

/**
 * Asks a model for a JSON object and checks it by a schema; when it does not fit, says what is wrong
 * and asks once more.
 *
 * @returns the object, or what is wrong with the second answer
 * @throws whatever `ask` throws
 */
export async function askForObject<Schema extends z.ZodType>(
  ask: AskModel,
  question: ModelQuestion,
  schema: Schema,
  call: JudgeCall,
): Promise<ObjectAnswer<z.output<Schema>>> {
  const first = await ask(question, call);
  const checked = checkAnswer(first.text, schema);
  if (checked.success) return checked;

  const messages: ModelMessage[] = [
    ...question.messages,
    // An empty message would be refused by many servers.
    { role: 'assistant', content: shorten(first.text, LONGEST_ECHO) || '(no answer)' },
    {
      role: 'user',
      content: `That answer cannot be used: ${checked.problem} Answer again, with the JSON object alone.`,
    },
  ];
  const second = await ask({ ...question, messages }, call);
  const repaired = checkAnswer(second.text, schema);
  if (repaired.success) return repaired;
  const cut = second.finishReason === 'length' ? ' It was cut off: raise maxOutputTokens.' : '';
  return {
    success: false,
    problem: `The model gave no usable judgement, asked twice; its answer was ${snippet(second.text)}: ${repaired.problem}${cut}`,
  };
}

/** An object, or why there is none. */
export type ObjectAnswer<Value> =
  | { readonly success: true; readonly data: Value }
  | { readonly success: false; readonly problem: string };

function checkAnswer<Schema extends z.ZodType>(text: string, schema: Schema): ObjectAnswer<z.output<Schema>> {
  const object = findObject(text);
  if (object === undefined) return { success: false, problem: 'it holds no JSON object.' };
  const parsed = schema.safeParse(object);
  if (parsed.success) return { success: true, data: parsed.data };
  return { success: false, problem: `${z.prettifyError(parsed.error).replaceAll(/\s+/g, ' ')}.` };
}

/**
 * The JSON object in a model's answer: the whole of it, in a code fence, or between words; what a
 * model thinks aloud before it answers is left out.
 *
 * @returns the last object of the answer; `undefined` where there is none
 */
export function findObject(text: string): unknown {
  const answer = text.slice(-LONGEST_ANSWER).replace(/^[\s\S]*<\/think>/, '');
  let last: unknown;
  let start = answer.indexOf('{');
  for (let tried = 0; start >= 0 && tried < MOST_BRACES; tried++) {
    const end = endOfObject(answer, start);
    const parsed = end === undefined ? undefined : parseObject(answer.slice(start, end));
    if (parsed !== undefined) last = parsed;
    start = answer.indexOf('{', parsed === undefined || end === undefined ? start + 1 : end);
  }
  return last;
}

/** Where the object that begins here ends; braces in strings do not count. */
function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return at + 1;
  }
  return undefined;
}

function parseObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Models also write braces that are no JSON; the caller looks further.
    return undefined;
  }
}
