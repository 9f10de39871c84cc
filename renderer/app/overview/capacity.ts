/** Memory of one host, as the overview knows it. */
export interface HostMemory {
  hostId: string;
  memoryBytes: number;
  memorySoldBytes: number;
  stale: boolean;
}

export interface FailureVerdict {
  word: 'holds' | 'tight' | 'fails' | 'alone';
  /** Memory to spare when this host fails; negative: so much is short. */
  spareBytes: number;
}

/** Less spare than this share of the failed host's memory is tight. */
const TIGHT_SHARE = 0.1;

/** Whether the other hosts that answer could take this host's VMs, by the memory sold on it and unsold on them. */
export function failureVerdict(host: HostMemory, all: readonly HostMemory[]): FailureVerdict {
  const others = all.filter((other) => other.hostId !== host.hostId && !other.stale);
  const unsold = others.reduce(
    (sum, other) => sum + Math.max(0, other.memoryBytes - other.memorySoldBytes),
    0,
  );
  const spareBytes = unsold - host.memorySoldBytes;
  if (others.length === 0) return { word: 'alone', spareBytes };
  if (spareBytes < 0) return { word: 'fails', spareBytes };
  return { word: spareBytes < host.memoryBytes * TIGHT_SHARE ? 'tight' : 'holds', spareBytes };
}
