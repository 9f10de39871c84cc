import type { SearchHit } from '../../../shared/domains/system/system-contract.ts';

type Search = (text: string, limit: number) => Promise<readonly SearchHit[]>;

/** Asks every domain at once and takes turns between their answers, so that no kind crowds out the others. */
export async function searchEverything(
  searches: readonly Search[],
  { text, limit }: { text: string; limit: number },
): Promise<SearchHit[]> {
  const words = text.trim();
  if (words === '') return [];
  const answers = await Promise.all(searches.map(async (search) => await search(words, limit)));
  const hits: SearchHit[] = [];
  for (let turn = 0; hits.length < limit && answers.some((answer) => turn < answer.length); turn++) {
    for (const answer of answers) {
      const hit = answer[turn];
      if (hit && hits.length < limit) hits.push(hit);
    }
  }
  const exact = words.toLowerCase();
  return hits.sort(
    (a, b) => Number(b.title.toLowerCase() === exact) - Number(a.title.toLowerCase() === exact),
  );
}
