// A pattern of Chromium's extensions, `*` for any characters.
export type UrlPattern = string;

export function isMatch(patterns: readonly UrlPattern[], url: string): boolean {
  return patterns.some((pattern) => {
    const text = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*');
    return new RegExp(`^${text}$`).test(url);
  });
}
