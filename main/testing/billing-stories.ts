import { describe, expect, it } from 'vitest';
import { replayFile } from '../domains/billing/replay/file-replay.ts';
import type { StoryForTest } from './billing-story.ts';

/** Tells every story to the rating core, by topic; none is there twice. */
export function describeStories(topics: Readonly<Record<string, readonly StoryForTest[]>>): void {
  describe.each(Object.entries(topics))('%s', (_topic, stories) => {
    it.each(stories.map((told) => [told.id, told] as const))('%s', (_id, told) => {
      expect(replayFile({ stories: [told] })).toEqual([{ name: told.id, fault: null }]);
    });
  });

  it('each is told once', () => {
    const ids = Object.values(topics).flatMap((stories) => stories.map(({ id }) => id));
    expect(ids).toEqual([...new Set(ids)]);
  });
}
