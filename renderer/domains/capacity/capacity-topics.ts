/** Figures of a whole fleet may be a few seconds old. */
export const CAPACITY_EVERY_MS = 5000;
export const CAPACITY_TOPICS: readonly string[] = ['host', 'cluster'];
