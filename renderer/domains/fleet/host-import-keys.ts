/** Fingerprints a person has compared, by line of the list: of the host, and of the jump hosts before it. */
export type ComparedKeys = ReadonlyMap<string, readonly string[]>;

/** A line of the list and the key its host shows. */
export interface ShownKey {
  readonly key: string;
  /** Empty where none was shown. */
  readonly fingerprint: string;
}

/** All of these were compared; saying it twice changes nothing. */
export function withCompared(had: ComparedKeys, shown: readonly ShownKey[]): ComparedKeys {
  const next = new Map(had);
  for (const { key, fingerprint } of shown) {
    if (fingerprint !== '') next.set(key, [...new Set([...(next.get(key) ?? []), fingerprint])]);
  }
  return next;
}

/** The tick of one line. */
export function withToggled(had: ComparedKeys, shown: ShownKey): ComparedKeys {
  const compared = had.get(shown.key) ?? [];
  if (!compared.includes(shown.fingerprint)) return withCompared(had, [shown]);
  return new Map(had).set(
    shown.key,
    compared.filter((each) => each !== shown.fingerprint),
  );
}
