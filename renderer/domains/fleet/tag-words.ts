const TAG = /^[\p{L}\p{N}_.:-]{1,40}$/u;

/** `"vip batch, vip"` → `['vip', 'batch']`. */
export function tagsOf(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}

/** What is wrong with tags as typed, with the way out; null when they can be kept. */
export function tagProblem(text: string): string | null {
  const bad = tagsOf(text).find((tag) => !TAG.test(tag));
  if (bad !== undefined) return `"${bad}": letters, digits and _ . : - only, at most 40`;
  return tagsOf(text).length > 50 ? 'At most 50 tags.' : null;
}
