import type { z } from 'zod';
import { storyFile } from './story-file.ts';
import { replayStory, type ReplayVerdict } from './story-replay.ts';
import { replayCycles, replayFirstDate, replayFraction, vectorFiles } from './vector-replay.ts';

/** A file that is none of the formats, with where it is wrong. */
export interface BadReplayFile {
  readonly issues: readonly { readonly path: string; readonly message: string }[];
}

/**
 * Replays a file of billing stories or of date and proration vectors through the rating core.
 *
 * @param content what the file says, parsed
 * @returns how each went, or what is wrong with the file
 */
export function replayFile(content: unknown): readonly ReplayVerdict[] | BadReplayFile {
  const said = (typeof content === 'object' && content !== null ? content : {}) as Record<string, unknown>;
  if ('stories' in said) return replayed(storyFile, said, ({ stories }) => stories.map(replayStory));
  const expects = expectedIn(said['vectors']);
  switch (expects) {
    case 'expectedCycles':
      return replayed(vectorFiles[expects], said, ({ vectors }) => vectors.map(replayCycles));
    case 'expectedProration':
      return replayed(vectorFiles[expects], said, ({ vectors }) => vectors.map(replayFraction));
    case 'expectedFirstBillingCycleDate':
      return replayed(vectorFiles[expects], said, ({ vectors }) => vectors.map(replayFirstDate));
    case undefined:
      return {
        issues: [
          {
            path: 'vectors' in said ? 'vectors' : '',
            message: `neither "stories" nor "vectors" with one of ${Object.keys(vectorFiles).join(', ')}`,
          },
        ],
      };
  }
}

function expectedIn(vectors: unknown): keyof typeof vectorFiles | undefined {
  if (!Array.isArray(vectors)) return undefined;
  const first = (vectors[0] ?? {}) as object;
  return (Object.keys(vectorFiles) as (keyof typeof vectorFiles)[]).find((name) => name in first);
}

function replayed<S extends z.ZodType>(
  schema: S,
  content: unknown,
  replay: (parsed: z.output<S>) => ReplayVerdict[],
): readonly ReplayVerdict[] | BadReplayFile {
  const parsed = schema.safeParse(content);
  if (parsed.success) return replay(parsed.data);
  return {
    issues: parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
  };
}
