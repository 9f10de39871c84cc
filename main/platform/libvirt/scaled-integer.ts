const BYTES_IN: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  kb: 1e3,
  k: 1024,
  kib: 1024,
  mb: 1e6,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  gb: 1e9,
  g: 1024 ** 3,
  gib: 1024 ** 3,
  tb: 1e12,
  t: 1024 ** 4,
  tib: 1024 ** 4,
};

/** A scaled integer of libvirt's XML in bytes; without a unit it is KiB (https://libvirt.org/formatdomain.html#memory-allocation). */
export function scaledBytes(number: string, unit: string): number {
  return Number(number) * (BYTES_IN[unit === '' ? 'kib' : unit.toLowerCase()] ?? 1024);
}
