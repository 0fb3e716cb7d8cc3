import type { ConversationStory } from '../view-model.ts';

/**
 * Which pictures a file holds, the most telling first: of every finding its first unsafe image, then of every
 * finding the second, and so on; then what conversations drew on their way; then the other evaluation images.
 *
 * @returns hashes, each once
 */
export function choosePictures(conversations: readonly ConversationStory[]): string[] {
  const turns = conversations.flatMap(({ story }) => story);
  const unsafe = turns
    .filter(({ promptVerdict }) => promptVerdict === 'safe')
    .map(({ evaluation }) =>
      evaluation.flatMap(({ verdict, hash }) => (verdict === 'unsafe' ? (hash ?? []) : [])),
    );
  const most = unsafe.reduce((longest, { length }) => Math.max(longest, length), 0);
  const byTurns = Array.from({ length: most }, (_, place) =>
    unsafe.flatMap((hashes) => hashes[place] ?? []),
  ).flat();
  const drawn = turns.flatMap(({ image }) => image?.hash ?? []);
  const others = turns.flatMap(({ evaluation }) => evaluation.flatMap(({ hash }) => hash ?? []));
  return [...new Set([...byTurns, ...drawn, ...others])];
}
