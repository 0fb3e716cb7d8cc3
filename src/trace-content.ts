/**
 * Whether traces may hold what models read and wrote. Only where somebody asks for it: prompts may be disturbing, and
 * traces go to people who did not ask to see them.
 *
 * @param env the environment; `ART_TRACE_CONTENT=1` is the word
 */
export function tracesContent(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return env.ART_TRACE_CONTENT === '1';
}
