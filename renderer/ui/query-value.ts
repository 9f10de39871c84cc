/** A value as it stands in a list's query: `Acme "A" sp.` → `"Acme \"A\" sp."`. */
export function queryValue(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
