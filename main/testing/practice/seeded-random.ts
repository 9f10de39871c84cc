/** A number in [0, 1) that depends on the seed and the purpose alone: the same fleet every time, no state to keep. */
export function seededUnit(seed: number, purpose: number): number {
  // The finaliser of MurmurHash3, over both numbers.
  let hash = Math.imul(seed ^ Math.imul(purpose + 0x9e37_79b9, 0x85eb_ca6b), 0xc2b2_ae35);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85eb_ca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2_ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) / 4_294_967_296;
}

/** One of the choices, by seed and purpose. */
export function seededPick<T>(choices: readonly [T, ...T[]], seed: number, purpose: number): T {
  return choices[Math.floor(seededUnit(seed, purpose) * choices.length)] ?? choices[0];
}

export function seededInt(from: number, to: number, seed: number, purpose: number): number {
  return from + Math.floor(seededUnit(seed, purpose) * (to - from + 1));
}

/** A UUID of version 4 form, the same for the same seed. */
export function seededUuid(seed: number, purpose: number): string {
  const hex = Array.from({ length: 32 }, (_, index) =>
    Math.floor(seededUnit(seed, purpose * 101 + index) * 16).toString(16),
  ).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** `52:54:00:…`, QEMU's prefix. */
export function seededMac(seed: number, purpose: number): string {
  const tail = [0, 1, 2].map((index) =>
    seededInt(0, 255, seed, purpose * 7 + index)
      .toString(16)
      .padStart(2, '0'),
  );
  return `52:54:00:${tail.join(':')}`;
}
