import { createHash } from 'node:crypto';

/** What chat templates mark their parts with: `<|eot_id|>`, `[INST]`, `<start_of_turn>`, `<END CONVERSATION>`. */
const CONTROL_TOKEN =
  /(?<open>[<[])(?=\|[\w ]{1,40}\|>|\/?(?:INST|SYS)\b|<\/?SYS>>|\/?s>|(?:start|end)_of_\w{1,20}>|\/?(?:BEGIN|END) [A-Z ]{1,40}>|image>|\/?think>)/gi;

/**
 * Makes a text harmless to chat templates: a prompt that holds `<|eot_id|>` or `<END CONVERSATION>`
 * must not end its own message. A space goes in after the bracket; everything else stays as it is.
 *
 * @param text a prompt, of whoever
 */
export function defuseControlTokens(text: string): string {
  return text.toWellFormed().replace(CONTROL_TOKEN, '$<open> ');
}

/**
 * Puts a text between two marks that it cannot hold itself: they carry a hash of it.
 *
 * @param label what it is, e.g. `PROMPT`
 * @param text a prompt, of whoever
 */
export function delimit(label: string, text: string): string {
  const safe = defuseControlTokens(text);
  const mark = createHash('sha256').update(safe).digest('hex').slice(0, 12);
  return `<<<${label} ${mark}>>>\n${safe}\n<<<END OF ${label} ${mark}>>>`;
}
