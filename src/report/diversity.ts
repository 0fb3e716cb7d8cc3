import { averageCosineSimilarity } from '../metrics/cosine.ts';
import { averageSelfBleu, tokenise } from '../metrics/self-bleu.ts';
import { type PromptEmbeddings, promptHash } from '../store/prompt-embeddings.ts';
import type { CountedRecord } from './counted-record.ts';
import type { ReportModel } from './report-model.ts';
import { rounded } from './shares.ts';

/**
 * How different the prompts of each category are (Figure 4 of the paper), both measures as 1 − similarity.
 *
 * @param embeddings of every prompt; `undefined` where none were made: then CosSim is `null`
 */
export function diversityRows(
  { categories, turns }: Pick<CountedRecord, 'categories' | 'turns'>,
  embeddings: PromptEmbeddings | undefined,
): ReportModel['diversity'] {
  const grouped = Map.groupBy(turns, ({ conversation }) => conversation.category);
  return categories.map((category) => {
    const prompts = (grouped.get(category) ?? []).map(({ turn }) => turn.prompt);
    if (prompts.length < 2) return { category, selfBleu: null, cosSim: null };
    const vectors = prompts.flatMap((prompt) => embeddings?.vectors.get(promptHash(prompt)) ?? []);
    return {
      category,
      selfBleu: rounded(1 - averageSelfBleu(prompts.map(tokenise)), 6),
      // A prompt that was written since the embeddings were read has none.
      cosSim: vectors.length < prompts.length ? null : rounded(1 - averageCosineSimilarity(vectors), 6),
    };
  });
}
