/** For tests: reading what virsh prints. */

export type Read = {
  readonly read: string;
  readonly ours: () => Promise<unknown>;
  readonly virsh: readonly string[];
  readonly parse: (out: string) => unknown;
};
export const KIB = 1_024;
export const trimmed = (out: string) => out.trim();
export const lines = (out: string) =>
  out
    .split('\n')
    .map(trimmed)
    .filter((line) => line !== '');
export const sortedLines = (out: string) => lines(out).toSorted();
export const names = (refs: readonly { readonly name: string }[]) => refs.map(({ name }) => name).toSorted();

/** `Key:   value` lines. */
export function fields(out: string): Record<string, string> {
  return Object.fromEntries(
    lines(out).map((line) => [
      line.slice(0, line.indexOf(':')).trim(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
}

/** Lines of `prefix name value`, numbers as numbers. */
export function numbers(out: string, pattern: RegExp): Record<string, number> {
  return Object.fromEntries(
    [...out.matchAll(pattern)].map(([, name = '', value = '']) => [name, Number(value)]),
  );
}

export function statistics(out: string): Record<string, string | number> {
  const pairs = lines(out)
    .filter((line) => line.includes('='))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, /^-?\d+$/.test(value) ? Number(value) : value]),
  );
}

/** virsh prints booleans of statistics as yes and no. */
export function printable(
  stats: Readonly<Record<string, number | string | boolean>>,
): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(stats).map(([name, value]) => [
      name,
      typeof value === 'boolean' ? (value ? 'yes' : 'no') : value,
    ]),
  );
}

export const pick = (out: string, keys: readonly string[]) => keys.map((key) => fields(out)[key]);
export const yesNo = (value: boolean) => (value ? 'yes' : 'no');
export const kib = (bytes: number) => `${bytes / KIB} KiB`;

/** `Name: value` lines. */
export const guestFacts = (out: string) =>
  Object.fromEntries(
    lines(out).map((line) => [
      line.slice(0, line.indexOf(':')).trim(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
