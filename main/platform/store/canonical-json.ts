/**
 * JSON with sorted keys and no white space (the subset of RFC 8785 that JSON.stringify gives for strings and numbers), so that
 * equal values have equal text. `undefined` members are left out and bigints are written as strings.
 */
export function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, member: unknown) => {
      if (typeof member === 'bigint') return String(member);
      if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
      return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
    }) ?? 'null'
  );
}
